/** GitHub's workflows agree with package.json and the changelog, where nothing else would notice before a release. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (name: string): string => readFileSync(name, 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  version: string;
  engines: { node: string };
  publishConfig: unknown;
};

it('all tests run on every Node that the package supports', () => {
  const tested = /node: \[(.*)\]/.exec(read('.github/workflows/test.yml'))?.[1]?.split(', ');
  const supported = [...manifest.engines.node.matchAll(/(?:\^|>=)(\d+)/g)].map(
    ([, major]) => major,
  );
  expect(tested).toEqual(supported);
});

it('a release takes its notes from the changelog’s section', () => {
  const step = /awk -v head="## \[\$version\]" ('.*') CHANGELOG/.exec(
    read('.github/workflows/release.yml'),
  )?.[1];
  const script = `awk -v head='## [1.2.0]' ${String(step)} <<'END'
# Changelog
## [Unreleased]
later
## [1.2.0] - 2026-01-01
- this
## [1.1.0]
earlier
END`;
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe('- this\n');
});

it('a package says where it was built, and names no repository that nobody has made', () => {
  expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
  expect(manifest).not.toHaveProperty('repository');
  expect(read('.github/workflows/release.yml')).toContain('id-token: write');
});
