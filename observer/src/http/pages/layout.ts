import { type Html, html } from "@kontor/kit/html";

/** The places of the navigation, in order. A page that is added gets a row here and a route. */
export const places = [
  { id: "overview", label: "Overview", href: "/" },
  { id: "map", label: "Service map", href: "/service-map" },
  { id: "endpoints", label: "Endpoints", href: "/endpoints" },
  { id: "alerts", label: "Alerts", href: "/alerts" },
  { id: "findings", label: "Findings", href: "/findings" },
  { id: "traces", label: "Traces", href: "/traces" },
  { id: "reports", label: "Reports", href: "/reports" },
  { id: "rules", label: "Rules", href: "/rules" },
  { id: "observer", label: "Observer", href: "/observer" },
] as const;

export type PlaceId = (typeof places)[number]["id"];

export interface PageFrame {
  readonly title: string;
  readonly place: PlaceId | undefined;
  readonly body: Html;
  /** Counts beside a place of the navigation; 0 shows none. */
  readonly counts?: Partial<Record<PlaceId, number>>;
  /** Of the style sheet, so that a new one is fetched at once and an old one kept for ever. */
  readonly styleVersion: string;
  /** A wide page uses the whole window; others keep a readable width. */
  readonly wide?: boolean;
  /** A page about the present keeps itself up to date. */
  readonly live?: boolean;
  /** A page with charts. */
  readonly charts?: boolean;
}

const logo = html`<svg class="logo" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path class="logo-a" d="M4 3v18"/><path class="logo-b" d="M8 12h5"/><path class="logo-c" d="M15 6l-2 6 7 0"/><path class="logo-d" d="M13 12l4 8"/></svg>`;

function navigation(place: PlaceId | undefined, counts: PageFrame["counts"]): Html {
  const items = places.map(({ id, label, href }) => {
    const count = counts?.[id] ?? 0;
    const badge = count > 0 && html` <span class="count">${count}</span>`;
    const current = id === place ? html` aria-current="page"` : false;
    return html`<li><a href="${href}"${current}>${label}${badge}</a></li>`;
  });
  return html`<nav aria-label="Main"><ul>${items}</ul></nav>`;
}

/** A whole page: everything it needs lies on this server, nothing in it is an inline script or style, and it follows the reader's light or dark setting. */
export function renderPage({
  title,
  place,
  body,
  counts,
  styleVersion,
  wide,
  live,
  charts,
}: PageFrame): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Kontor</title>
<link rel="icon" href="/assets/kontor.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/kontor.css?v=${styleVersion}">${
    live === true &&
    html`
<script type="module" src="/assets/live.js"></script>`
  }${
    charts === true &&
    html`
<link rel="stylesheet" href="/assets/uplot.css">
<script type="module" src="/assets/charts.js"></script>`
  }
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="top"><a class="brand" href="/">${logo}<span>Kontor</span></a>${navigation(place, counts)}
<form class="jump" action="/go" method="get" role="search"><label class="hidden" for="jump">Trace id or fingerprint of a finding</label><input id="jump" name="id" type="search" placeholder="Trace id or finding" autocomplete="off" spellcheck="false" maxlength="64"></form></header>
<main id="main" class="${wide === true ? "wide" : "narrow"}"${live === true && html` data-live`}>${body}</main>
</body>
</html>
`.toString();
}

/** What a list shows when there is nothing to list: what would stand here, and what brings it. */
export function emptyState(title: string, text: string): Html {
  return html`<div class="empty"><p class="empty-title">${title}</p><p>${text}</p></div>`;
}

export interface Tile {
  readonly label: string;
  readonly value: Html | string;
  readonly tone?: "bad" | "warn" | "good" | undefined;
  readonly note?: Html | string | undefined;
}

/** A row of key figures. */
export function tiles(list: readonly Tile[]): Html {
  const items = list.map(({ label, value, tone, note }) => {
    const extra = note !== undefined && html`<dd class="tile-note">${note}</dd>`;
    return html`<div class="tile${tone === undefined ? "" : ` ${tone}`}"><dt>${label}</dt><dd>${value}</dd>${extra}</div>`;
  });
  return html`<dl class="tiles">${items}</dl>`;
}

/** A bar of `share` (0..1) of its cell; drawn as SVG, because the page allows no inline styles. */
export function shareBar(share: number, tone = "plain"): Html {
  const width = Math.max(0, Math.min(1, Number.isFinite(share) ? share : 0)) * 100;
  return html`<svg class="share ${tone}" width="100%" height="6" aria-hidden="true"><rect class="share-ground" width="100%" height="6" rx="3"/><rect class="share-bar" width="${width.toFixed(2)}%" height="6" rx="3"/></svg>`;
}
