/** Puts a unique canary into every field of a vendor's JSON replies, as value and as key. */

/** No text written here can contain it by chance. */
const MARK = 'k4n4ry';
const NUMBER = 77_777_000_000;

export class Canaries {
  /** All canaries given out, in every spelling. */
  readonly all: string[] = [];
  #everything = false;

  /** `kept`: fields that the program needs as they are. */
  constructor(private readonly kept: RegExp) {}

  /** From now on only ids stay as they are. */
  replaceEverything(): void {
    this.#everything = true;
  }

  readonly rewrite = (text: string): string =>
    text === '' ? '' : JSON.stringify(this.#spoil(JSON.parse(text), ''));

  #spoil(value: unknown, key: string): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#spoil(item, key));
    if (typeof value === 'object' && value !== null) {
      const fields = Object.entries(value).map(([name, item]) => [name, this.#spoil(item, name)]);
      return { ...Object.fromEntries(fields), ...this.#strangers() };
    }
    if (key === 'id' || (!this.#everything && this.kept.test(key))) return value;
    if (typeof value === 'number') return this.#number();
    return typeof value === 'string' ? this.#like(value) : value;
  }

  /** Fields that no documentation mentions. */
  #strangers(): Record<string, unknown> {
    return {
      [this.#word()]: this.#word(),
      [this.#word()]: this.#number(),
      [this.#word()]: { [this.#word()]: [`${this.#word()}@example.com`] },
    };
  }

  /** In the same format, if it has one. */
  #like(text: string): string {
    const word = this.#word();
    if (text.includes('@')) return `${word}@example.com`;
    if (/^https?:/.test(text)) return `https://app.codesubmit.io/c/${word}/${word}?${word}=${word}`;
    return /^[\w-]+$/.test(text) ? word : `${word} of ${word}`;
  }

  #word(): string {
    const word = `${MARK}${String(this.all.length)}`;
    this.all.push(word);
    return word;
  }

  #number(): number {
    const number = NUMBER + this.all.length;
    this.all.push(String(number));
    return number;
  }
}
