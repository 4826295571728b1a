// The parts of pages: boxes, forms and their fields, lists.
import { html, type Html } from './html.js';

interface Field {
  name: string;
  /** An empty one is named for screen readers only, by `hint`. */
  label?: string;
  hint?: string;
  type?: 'text' | 'url' | 'email' | 'hidden';
  value?: string;
  /** Labels by value. */
  choices?: Record<string, string>;
  /** Checkboxes by value: checked or not. */
  boxes?: Record<string, boolean>;
  isOptional?: boolean;
}

interface Form {
  kind?: 'main' | 'danger';
  fields?: Field[];
  /** Folded below this line. */
  below?: string;
}

export function box(title: string, ...parts: (Html | Html[])[]): Html {
  return html`<section class="box">
    <h2>${title}</h2>
    ${parts}
  </section>`;
}

/** Its title opens it, with the form's test id before `-form`. */
export function form(
  to: string,
  button: string,
  testid: string,
  { kind, fields = [], below }: Form = {},
): Html {
  const shown = html`<form method="post" action="${to}" class="${fields.length > 0 ? 'row' : ''}">
    ${fields.map(field)}
    <button class="${kind}" data-testid="${testid}">${button}</button>
  </form>`;
  if (below === undefined) return shown;
  return html`<details class="box">
    <summary data-testid="${testid}-form">${below}</summary>
    ${shown}
  </details>`;
}

function field(given: Field): Html {
  const { name, label, hint, type = 'text', value = '', choices, boxes, isOptional } = given;
  if (type === 'hidden') return html`<input type="hidden" name="${name}" value="${value}" />`;
  if (boxes) {
    return html`<fieldset class="checks">
      <legend>${label}</legend>
      ${Object.entries(boxes).map(([of, isChecked]) => checkbox(name, of, isChecked))}
    </fieldset>`;
  }
  const options = Object.entries(choices ?? {}).map(
    ([of, text]) => html`<option value="${of}" ${of === value && html`selected`}>${text}</option>`,
  );
  const input = choices
    ? html`<select name="${name}" aria-label="${label ?? hint}">
        ${options}
      </select>`
    : html`<input
        name="${name}"
        type="${type}"
        value="${value}"
        aria-label="${label ?? hint}"
        placeholder="${hint}"
        autocomplete="off"
        ${isOptional ? null : html`required`}
      />`;
  return html`<label>${label && html`<span>${label}</span>`}${input}</label>`;
}

function checkbox(name: string, value: string, isChecked: boolean): Html {
  return html`<label class="check">
    <input type="checkbox" name="${name}" value="${value}" ${isChecked && html`checked`} />${value}
  </label>`;
}

/** Rows of a list, each with what stands at its end. */
export function list(testid: string, rows: (Html | string)[][], none: string): Html {
  if (rows.length === 0) return html`<p class="empty">${none}</p>`;
  return html`<ul class="plainlist">
    ${rows.map((parts) => html`<li class="row spread" data-testid="${testid}">${parts}</li>`)}
  </ul>`;
}

export function tagList(tags: string[], more: (tag: string) => Html | null = () => null): Html {
  const rows = tags.map((tag) => html`<li class="tag" data-testid="tag">${tag} ${more(tag)}</li>`);
  return html`<ul class="tags">
    ${rows}
  </ul>`;
}

export function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** A value to select and copy. */
export function copyable(testid: string, value: string): Html {
  return html`<code class="copyable" data-testid="${testid}">${value}</code>`;
}
