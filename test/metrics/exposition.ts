/** Reads Prometheus' text format, as strictly as Prometheus itself, and finds samples in it. */

export interface Family {
  name: string;
  help: string;
  type: string;
}

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const COMMENT = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/;
const SAMPLE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?|[+-]Inf|NaN)$/i;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;

export class Exposition {
  readonly families = new Map<string, Family>();
  readonly samples: Sample[] = [];

  /** Throws for what Prometheus would not take: a malformed line, a sample of no family, the same one twice. */
  constructor(readonly text: string) {
    if (!text.endsWith('\n')) throw new Error('the last line does not end');
    const seen = new Set<string>();
    for (const line of text.split('\n').filter((one) => one !== '')) {
      if (line.startsWith('#')) this.#readComment(line);
      else {
        const sample = this.#readSample(line);
        const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
        if (seen.has(key)) throw new Error(`twice: ${line}`);
        seen.add(key);
      }
    }
  }

  /** The sample with exactly these labels; undefined when there is none. */
  find(name: string, labels: Record<string, string> = {}): number | undefined {
    const wanted = JSON.stringify(Object.entries(labels).sort());
    return this.samples.find(
      (sample) =>
        sample.name === name && JSON.stringify(Object.entries(sample.labels).sort()) === wanted,
    )?.value;
  }

  /** The sum of those samples that have these labels, whatever others they have. */
  sum(name: string, labels: Record<string, string> = {}): number {
    return this.samples
      .filter((one) => one.name === name)
      .filter((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value))
      .reduce((sum, { value }) => sum + value, 0);
  }

  /** The labels of a family's samples; a histogram's own `le` left out. */
  labelsOf(family: string): string[] {
    const names = this.samples
      .filter(({ name }) => familyOf(name, this.families) === family)
      .flatMap(({ labels }) => Object.keys(labels));
    return [...new Set(names)].filter((name) => name !== 'le');
  }

  #readComment(line: string): void {
    const parts = COMMENT.exec(line);
    if (!parts) throw new Error(`no comment of Prometheus: ${line}`);
    const [, kind, name = '', text = ''] = parts;
    const family = this.families.get(name) ?? { name, help: '', type: '' };
    if (kind === 'HELP') family.help = text;
    else family.type = text;
    this.families.set(name, family);
  }

  #readSample(line: string): Sample {
    const parts = SAMPLE.exec(line);
    if (!parts) throw new Error(`no sample: ${line}`);
    const [, name = '', labels = '', value = ''] = parts;
    const family = this.families.get(familyOf(name, this.families));
    if (!family?.type || !family.help) throw new Error(`of no family: ${line}`);
    const sample = { name, labels: parseLabels(labels, line), value: toNumber(value) };
    this.samples.push(sample);
    return sample;
  }
}

function familyOf(name: string, families: ReadonlyMap<string, Family>): string {
  const base = name.replace(/_(?:bucket|sum|count)$/, '');
  const type = families.get(base)?.type;
  return type === 'histogram' || type === 'summary' ? base : name;
}

function parseLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const parts = LABEL.exec(text);
    if (!parts) throw new Error(`malformed labels: ${line}`);
    const [, name = '', value = ''] = parts;
    labels[name] = value;
  }
  return labels;
}

function toNumber(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}
