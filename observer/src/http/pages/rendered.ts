import { type Html, html } from "@kontor/kit/html";
import type { Request, Response } from "express";
import { emptyState, type PlaceId } from "./layout.ts";

export type RenderPage = (request: Request, response: Response) => Promise<Rendered>;

export interface Rendered {
  readonly title: string;
  readonly body: Html;
  readonly place: PlaceId | undefined;
  readonly wide?: boolean;
  readonly live?: boolean;
  readonly charts?: boolean;
  readonly status?: number;
}

/** What is shown for an address that leads nowhere. */
export function notFound(place: PlaceId, what: string, id: string, why: string): Rendered {
  const shown = id.length > 80 ? `${id.slice(0, 80)}…` : id;
  const body = html`<header class="page-head"><h1>Not found</h1></header>${emptyState(`No such ${what}`, `There is no ${what} ${shown} here. ${why}`)}`;
  return { title: "Not found", status: 404, place, body };
}
