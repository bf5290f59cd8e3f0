// Shows answers: the latest as text and bars, all of them as lines and as a table.
const SECONDS_SHOWN = 30;
const ROWS_SHOWN = 200;
/** A label with a lower score is no answer. */
const MIN_SCORE = 0.6;
const [WIDTH, HEIGHT] = [600, 160];

const byId = (id) => document.getElementById(id);
const percent = (score) => `${(100 * score).toFixed(0)} %`;

function element(name, properties = {}, children = []) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export class View {
  #labels;
  #bars;
  #lines;
  #answers = [];

  constructor(labels) {
    this.#labels = labels;
    this.#bars = labels.map((label, i) => {
      const meter = element('meter', { min: 0, max: 1, value: 0, id: `meter-${i}` });
      const number = element('output', { htmlFor: meter.id, textContent: percent(0) });
      // Changes of the bars are not read out; what was heard is.
      number.setAttribute('aria-live', 'off');
      const name = element('label', { htmlFor: meter.id, textContent: label, className: `line-${i % 4}` });
      return { row: element('li', {}, [name, meter, number]), meter, number };
    });
    byId('scores').replaceChildren(...this.#bars.map(({ row }) => row));
    this.#lines = labels.map((_, i) => {
      const line = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');
      line.setAttribute('class', `line-${i % 4}`);
      return line;
    });
    byId('timeline').replaceChildren(...this.#lines);
    this.clear();
  }

  clear() {
    this.#answers = [];
    byId('rows').replaceChildren();
    byId('heard').textContent = '–';
    this.#draw();
  }

  show({ seconds, label, scores, anomaly }) {
    const score = scores[label];
    const heard = score >= MIN_SCORE ? label : 'nothing clear';
    const strange = anomaly > 0 ? ` (unlike the training data: ${anomaly.toFixed(1)})` : '';
    const text = `${heard}${strange}`;
    // Writing the same again would have it read out again.
    if (byId('heard').textContent !== text) byId('heard').textContent = text;
    for (const [i, { meter, number }] of this.#bars.entries()) {
      meter.value = scores[this.#labels[i]];
      number.textContent = percent(meter.value);
    }
    const cells = [seconds.toFixed(2), heard, percent(score)].map((textContent) => element('td', { textContent }));
    byId('rows').prepend(element('tr', {}, cells));
    if (byId('rows').childElementCount > ROWS_SHOWN) byId('rows').lastElementChild.remove();
    this.#answers.push({ seconds, scores });
    this.#draw();
  }

  #draw() {
    const end = Math.max(SECONDS_SHOWN, this.#answers.at(-1)?.seconds ?? 0);
    while (this.#answers.length > 0 && this.#answers[0].seconds < end - SECONDS_SHOWN) this.#answers.shift();
    for (const [i, line] of this.#lines.entries()) {
      const points = this.#answers.map(({ seconds, scores }) => {
        const x = WIDTH * (1 - (end - seconds) / SECONDS_SHOWN);
        return `${x.toFixed(1)},${(HEIGHT * (1 - scores[this.#labels[i]])).toFixed(1)}`;
      });
      line.setAttribute('points', points.join(' '));
    }
  }
}
