// @ts-nocheck: it runs in a browser, whose names the other files must not see.
// Fills the charts of a page from the API, and brings them up to date every ten seconds.
import uPlot from "/assets/uplot.js";

const everyMs = 10_000;
const colours = ["--chart-1", "--chart-2", "--chart-3"];
const height = 170;
const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1_440];
const drawn = new Map();

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const digits = (value) => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 1 : 2);

function format(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "ratio") return `${(value * 100).toFixed(digits(value * 100))} %`;
  if (unit === "ms" && Math.abs(value) >= 1_000) return format(value / 1_000, "s");
  const number = value.toLocaleString("en-GB", { maximumFractionDigits: digits(value) });
  if (unit === "count") return number;
  return unit.startsWith("1/") ? `${number}${unit.slice(1)}` : `${number} ${unit}`;
}

/** The limit as a dashed line, where it lies within what is drawn. */
function limitLine(limits) {
  return (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = style("--bad-solid");
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    for (const { limit } of limits) {
      const y = plot.valToPos(limit, "y", true);
      if (!(y >= bbox.top && y <= bbox.top + bbox.height)) continue;
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    }
    ctx.restore();
  };
}

/** From nothing to a little above the highest value, and to the limit once values come near it. */
function rangeOf(limits) {
  return (_plot, _min, max) => {
    const highest = max ?? 0;
    const near = limits.map(({ limit }) => limit).filter((limit) => highest >= limit / 3);
    return [0, Math.max(highest, ...near) * 1.1 || 1];
  };
}

function optionsOf(figure, answers) {
  const unit = answers[0].unit;
  const limits = answers.flatMap((answer) => answer.limits);
  const axis = {
    stroke: style("--muted"),
    grid: { stroke: style("--line"), width: 1 },
    ticks: { show: false },
  };
  const labels = figure.dataset.labels.split(" ");
  return {
    width: Math.max(figure.querySelector(".plot").clientWidth, 200),
    height,
    cursor: { y: false, points: { size: 6 } },
    scales: { y: { range: rangeOf(limits) } },
    axes: [
      // Without seconds in the labels, lines closer than a minute would be called the same.
      { ...axis, size: 26, values: "{HH}:{mm}", space: 60, incrs: minutes.map((one) => one * 60) },
      { ...axis, size: 64, values: (_plot, values) => values.map((value) => format(value, unit)) },
    ],
    series: [
      {
        label: "time",
        value: (_plot, at) => (at === null ? "–" : new Date(at * 1_000).toLocaleTimeString()),
      },
      ...labels.map((label, at) => ({
        label,
        stroke: style(labels.length === 1 ? "--chart-2" : colours[at]),
        width: 1.75,
        spanGaps: false,
        points: { show: false },
        value: (_plot, value) => format(value, unit),
      })),
    ],
    hooks: { draw: [limitLine(limits)] },
  };
}

/** All lines over the same times. */
function dataOf(answers) {
  const times = [...new Set(answers.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
  const lines = answers.map(({ points }) => {
    const byTime = new Map(points);
    return times.map((at) => byTime.get(at) ?? null);
  });
  return [times, ...lines];
}

function say(figure, text) {
  const state = figure.querySelector(".chart-state");
  state.textContent = text;
  state.hidden = text === "";
  figure.querySelector(".plot").hidden = text !== "";
}

async function read(address) {
  const response = await fetch(address, { headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`the observer answered ${response.status}`);
  return response.json();
}

function draw(figure, answers) {
  const plotBox = figure.querySelector(".plot");
  const data = dataOf(answers);
  const values = data.slice(1).flat();
  if (values.every((value) => value === null)) {
    say(figure, "Nothing was measured in this time.");
    return;
  }
  say(figure, "");
  const limits = answers.flatMap((answer) => answer.limits);
  const unit = answers[0].unit;
  figure.querySelector(".chart-limit").textContent = limits
    .map(({ bound, limit }) => `${bound === "max" ? "limit" : "at least"} ${format(limit, unit)}`)
    .join(", ");
  drawn.get(figure)?.plot.destroy();
  const plot = new uPlot(optionsOf(figure, answers), data, plotBox);
  drawn.set(figure, { plot, answers });
  const last = data.slice(1).map((line) => line.findLast((value) => value !== null));
  const labels = figure.dataset.labels.split(" ");
  const words = labels.map((label, at) => `${label} ${format(last[at], unit)}`).join(", ");
  const canvas = plotBox.querySelector("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${figure.querySelector(".strong").textContent}: now ${words}`);
}

async function update(figure) {
  if (figure.matches(":hover") && drawn.has(figure)) return;
  try {
    draw(figure, await Promise.all(figure.dataset.chart.split(" ").map(read)));
  } catch (error) {
    // What was drawn stays; the next time may do better.
    if (!drawn.has(figure)) say(figure, `This chart cannot be loaded now: ${error.message}.`);
  }
}

function updateAll() {
  for (const figure of drawn.keys()) if (!figure.isConnected) drawn.delete(figure);
  if (!document.hidden) for (const figure of document.querySelectorAll("[data-chart]")) update(figure);
}

function redraw() {
  for (const [figure, { answers }] of drawn) draw(figure, answers);
}

let resizing;
addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(redraw, 150);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
document.addEventListener("visibilitychange", updateAll);
setInterval(updateAll, everyMs);
updateAll();
