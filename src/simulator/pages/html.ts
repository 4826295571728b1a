// A template for HTML that escapes every value, unless it is HTML already.

export class Html {
  /** `text` must be safe HTML: it is shown as it is. */
  constructor(readonly text: string) {}
}

type Piece = Html | string | number | null | undefined | false | Piece[];

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * HTML from a template. Values are escaped, except `Html`; of a list each item is shown; null, undefined and false
 * become nothing. Attributes must be quoted.
 */
export function html(strings: TemplateStringsArray, ...pieces: Piece[]): Html {
  const parts = strings.map((text, index) => text + shown(pieces[index]));
  return new Html(parts.join(''));
}

/** A value as HTML text. */
function shown(piece: Piece): string {
  if (piece instanceof Html) return piece.text;
  if (Array.isArray(piece)) return piece.map(shown).join('');
  if (piece === null || piece === undefined || piece === false) return '';
  return String(piece).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
