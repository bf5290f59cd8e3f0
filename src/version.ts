/** Version of this package; saved with every model. */
export const VERSION = '0.1.0';
