// A small chart of counts over time as bars on one another, drawn without a library; the same numbers stand in a table beside it.

import { html, useState } from "../view.js";

const WIDTH = 720;
const HEIGHT = 160;
const FOOT = 18;

/** The next round number at or above whose half is whole, so that the scale can be read. */
function roundUp(n) {
  if (n <= 10) return Math.max(4, 2 * Math.ceil(n / 2));
  const step = 10 ** Math.floor(Math.log10(n));
  return [1, 2, 4, 5, 10].map((factor) => factor * step).find((top) => top >= n);
}

/**
 * @param {{caption: string, rows: {label: string, short: string, values: number[]}[], series: {name: string, mark: string}[]}} options
 * `short` stands below its bar when it is not empty; `mark` is the series' class in the stylesheet
 */
export function Chart({ caption, rows, series }) {
  const [isTable, setTable] = useState(false);
  const top = roundUp(Math.max(...rows.map((row) => row.values.reduce((sum, n) => sum + n, 0)), 0));
  const step = WIDTH / Math.max(rows.length, 1);
  const scale = (HEIGHT - FOOT) / top;
  return html`
    <figure class="chart">
      <figcaption class="row"><span>${caption}</span>
        <span class="legend" aria-hidden="true">${series.map((one) => html`<span class=${one.mark}>${one.name}</span>`)}</span>
        <button type="button" class="quiet" aria-pressed=${isTable} onClick=${() => setTable(!isTable)}>As a table</button></figcaption>
      ${isTable ? html`<${Numbers} caption=${caption} rows=${rows} series=${series} />` : html`
      <svg viewBox="-44 -12 ${WIDTH + 48} ${HEIGHT + 16}" role="img" aria-label=${`${caption}. ${said(rows, series)}`}>
        ${[0, top / 2, top].map((n) => html`<g key=${n}><line x1="0" x2=${WIDTH} y1=${HEIGHT - FOOT - n * scale} y2=${HEIGHT - FOOT - n * scale} />
          <text x="-4" y=${HEIGHT - FOOT - n * scale + 4} text-anchor="end">${n}</text></g>`)}
        ${rows.map((row, i) => {
    let below = 0;
    return html`<g key=${row.label}><title>${row.label}: ${row.values.map((n, s) => `${n} ${series[s].name}`).join(", ")}</title>
            <rect class="ground" x=${i * step} y="0" width=${step} height=${HEIGHT - FOOT} />
            ${row.values.map((n, s) => {
      below += n;
      return n > 0 && html`<rect key=${s} class=${series[s].mark} x=${i * step + step * 0.15} width=${step * 0.7} y=${HEIGHT - FOOT - below * scale} height=${n * scale} />`;
    })}
            ${row.short && html`<text x=${i * step + step / 2} y=${HEIGHT - 4} text-anchor="middle">${row.short}</text>`}</g>`;
  })}
      </svg>`}
    </figure>`;
}

/** The sums, for whoever does not see the bars. */
const said = (rows, series) => series.map((one, s) => `${rows.reduce((sum, row) => sum + row.values[s], 0)} ${one.name}`).join(", ");

function Numbers({ caption, rows, series }) {
  return html`
    <div class="scroll short" role="region" aria-label=${caption} tabindex="0"><table>
      <caption class="unseen">${caption}</caption>
      <thead><tr><th scope="col">Hour</th>${series.map((one) => html`<th scope="col">${one.name}</th>`)}</tr></thead>
      <tbody>${[...rows].reverse().map((row) => html`<tr key=${row.label}><th scope="row">${row.label}</th>${row.values.map((n) => html`<td>${n}</td>`)}</tr>`)}</tbody>
    </table></div>`;
}
