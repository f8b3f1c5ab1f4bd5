import { type Html, html } from "@kontor/kit/html";

/** The frame of every page. Styles and script come from files, so that the policy can forbid what stands in the page. */
export function toPage(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/catcher.css">
<script type="module" src="/assets/catcher.js"></script>
</head>
<body>${body}</body>
</html>`;
}

/** `2 minutes ago`; the time itself from a day on. */
export function toAge(iso: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(iso)) / 1_000));
  if (seconds < 5) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return iso.slice(0, 16).replace("T", " ");
}
