// Small parts that many pages use: times, tags, fields, buttons, empty notes.
import { html, type Html } from './html.js';

export function timeOf(at: number): Html {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
}

export function badge(text: string, kind: 'good' | 'bad' | 'calm' = 'calm'): Html {
  return html`<span class="badge ${kind}">${text}</span>`;
}

export function emptyNote(text: string): Html {
  return html`<p class="empty">${text}</p>`;
}

export function table(heads: string[], rows: Html[]): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${heads.map((head) => html`<th>${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** A form with one button. */
export function buttonForm(
  target: string,
  button: { label: string; testid: string; kind?: 'plain' | 'danger' | 'main'; fields?: Html },
): Html {
  return html`<form method="post" action="${target}">
    ${button.fields}<button class="${button.kind ?? 'plain'}" data-testid="${button.testid}">
      ${button.label}
    </button>
  </form>`;
}

export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}" />`;
}

interface Field {
  id: string;
  name: string;
  label: string;
  type?: 'text' | 'url' | 'email';
  value?: string;
  hint?: string;
  isOptional?: boolean;
}

export function field({ id, name, label, type, value, hint, isOptional }: Field): Html {
  return html`<p class="field">
    <label for="${id}">${label}</label>
    <input
      id="${id}"
      data-testid="${id}"
      name="${name}"
      type="${type ?? 'text'}"
      value="${value ?? ''}"
      autocomplete="off"
      ${isOptional ? null : html`required`}
    />
    ${hint ? html`<small>${hint}</small>` : null}
  </p>`;
}

interface Choice {
  value: string;
  label: string;
}

interface Select {
  id: string;
  name: string;
  label: string;
  choices: Choice[];
  chosen?: string | undefined;
  /** For places too narrow for a visible label. */
  isLabelHidden?: boolean;
}

export function select({ id, name, label, choices, chosen, isLabelHidden }: Select): Html {
  const options = choices.map(
    (choice) =>
      html`<option value="${choice.value}" ${choice.value === chosen ? html`selected` : null}>
        ${choice.label}
      </option>`,
  );
  return html`<label for="${id}" class="${isLabelHidden ? 'unseen' : ''}">${label}</label>
    <select id="${id}" name="${name}" data-testid="${id}">
      ${options}
    </select>`;
}

/** A value to select and copy. */
export function copyable(testid: string, value: string): Html {
  return html`<code class="copyable" data-testid="${testid}">${value}</code>`;
}
