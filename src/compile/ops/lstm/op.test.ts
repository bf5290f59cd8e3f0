import { describeRecurrent } from '../../testing/recurrent.js';

describeRecurrent('lstm');
