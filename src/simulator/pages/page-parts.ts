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

/** A section with a title around these parts. */
export function box(title: string, ...parts: (Html | Html[])[]): Html {
  return html`<section class="box">
    <h2>${title}</h2>
    ${parts}
  </section>`;
}

/**
 * A form that is sent to the address `to` by a button. With `below` it is folded: that text opens it, and has the
 * form's test id with `-form` added.
 */
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

/** One field of a form, by what it has: hidden, checkboxes, a selection of `choices`, or an input. */
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

/** One checkbox. Its label is the value that it sends. */
function checkbox(name: string, value: string, isChecked: boolean): Html {
  return html`<label class="check">
    <input type="checkbox" name="${name}" value="${value}" ${isChecked && html`checked`} />${value}
  </label>`;
}

/** A list of rows, each with its parts side by side; `none` is shown when there are no rows. `testid`: of each row. */
export function list(testid: string, rows: (Html | string)[][], none: string): Html {
  if (rows.length === 0) return html`<p class="empty">${none}</p>`;
  return html`<ul class="plainlist">
    ${rows.map((parts) => html`<li class="row spread" data-testid="${testid}">${parts}</li>`)}
  </ul>`;
}

/** A row of tags, each with what `more` adds to it, such as a button. */
export function tagList(tags: string[], more: (tag: string) => Html | null = () => null): Html {
  const rows = tags.map((tag) => html`<li class="tag" data-testid="tag">${tag} ${more(tag)}</li>`);
  return html`<ul class="tags">
    ${rows}
  </ul>`;
}

/** A time (epoch ms) for people: UTC, to the minute. */
export function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** A value that one click selects, to be copied. */
export function copyable(testid: string, value: string): Html {
  return html`<code class="copyable" data-testid="${testid}">${value}</code>`;
}
