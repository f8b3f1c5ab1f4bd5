import { type Html, html } from "@kontor/kit/html";
import type { Request } from "express";

/** What a person typed into a form: texts without white space around them and without NUL, which no database takes; a field that was not sent is empty. */
export type FormValues = Readonly<Record<string, string>>;

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** The fields of a form that was sent. Of a field that stands several times the first counts. */
export function readForm(request: Request, names: readonly string[]): FormValues {
  const body: unknown = request.body;
  const sent = typeof body === "object" && body !== null ? new Map(Object.entries(body)) : new Map();
  return Object.fromEntries(
    names.map((name) => {
      const value: unknown = sent.get(name);
      const first: unknown = Array.isArray(value) ? value[0] : value;
      return [name, typeof first === "string" ? first.replaceAll("\u0000", "").trim() : ""];
    }),
  );
}

/** Why a form was not taken, above its fields. Nothing where there is no problem. */
export function formProblems(problems: readonly string[]): Html | false {
  if (problems.length === 0) return false;
  const items = problems.map((problem) => html`<li>${problem}</li>`);
  return html`<div class="problems" role="alert"><p class="strong">Nothing was changed.</p><ul>${items}</ul></div>`;
}

export interface TextField {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly lengthMax: number;
  readonly hint?: string;
  /** Browsers offer what a person typed there before. */
  readonly autocomplete?: string;
  readonly isOptional?: true;
}

export function textField(field: TextField): Html {
  const { name, label, value, lengthMax, hint, autocomplete = "off", isOptional } = field;
  const described = hint !== undefined && html` aria-describedby="${name}-hint"`;
  const required = isOptional !== true && html` required`;
  return html`<div class="field"><label for="${name}">${label}</label><input id="${name}" name="${name}" value="${value}" maxlength="${lengthMax}"${required} autocomplete="${autocomplete}"${described}>${fieldHint(name, hint)}</div>`;
}

export function linesField({ name, label, value, lengthMax, hint }: TextField): Html {
  return html`<div class="field"><label for="${name}">${label}</label><textarea id="${name}" name="${name}" rows="5" maxlength="${lengthMax}" required spellcheck="false" class="mono" aria-describedby="${name}-hint">
${value}</textarea>${fieldHint(name, hint)}</div>`;
}

export function choiceField(name: string, label: string, choices: readonly Choice[], chosen: string): Html {
  const options = choices.map(
    ({ value, label: text }) =>
      html`<option value="${value}"${value === chosen && html` selected`}>${text}</option>`,
  );
  return html`<div class="field"><label for="${name}">${label}</label><select id="${name}" name="${name}">${options}</select></div>`;
}

/** Who acts: the name of the token where one was shown, else what the person types. */
export function authorField(value: string, actor: string | undefined, name = "author"): Html {
  if (actor === undefined) {
    return textField({ name, label: "Your name", value, lengthMax: 200, autocomplete: "name" });
  }
  return html`<div class="field"><span class="label">Your name</span><p>${actor}</p></div>`;
}

function fieldHint(name: string, hint: string | undefined): Html | false {
  return hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`;
}

/** Durations to choose from, by their length in minutes, which is also the value that is sent. */
export function durationChoices(minutes: Readonly<Record<string, number>>): readonly Choice[] {
  return Object.entries(minutes).map(([label, value]) => ({ label, value: String(value) }));
}
