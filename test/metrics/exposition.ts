/** Reads Prometheus' text format, and finds samples in it. */

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export class Exposition {
  readonly families = new Set<string>();
  readonly samples: Sample[] = [];

  constructor(readonly text: string) {
    for (const line of text.split('\n')) {
      const family = /^# TYPE (\S+)/.exec(line)?.[1];
      if (family !== undefined) this.families.add(family);
      const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (name === undefined) continue;
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
      this.samples.push({
        name,
        labels: Object.fromEntries(pairs.map(([, label = '', text = '']) => [label, text])),
        value: Number(value),
      });
    }
  }

  /** The sum of those samples that have these labels, whatever others they have; undefined when there are none. */
  sum(name: string, labels: Record<string, string> = {}): number | undefined {
    const values = this.samples
      .filter((one) => one.name === name)
      .filter((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value))
      .map(({ value }) => value);
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
  }

  /** The labels of a family's samples; a histogram's own `le` left out. */
  labelsOf(family: string): string[] {
    const names = this.samples
      .filter(
        ({ name }) => name.replace(/_(?:bucket|sum|count)$/, '') === family || name === family,
      )
      .flatMap(({ labels }) => Object.keys(labels));
    return [...new Set(names)].filter((name) => name !== 'le');
  }
}
