/** The link by path, by template, by shape, and what must not be mistaken for one. */
import { describe, expect, it } from 'vitest';
import { findLink } from './codesubmit-records.js';

const origin = 'http://127.0.0.1:4000';
const BY_SHAPE = { linkPath: null, linkTemplate: null, apiOrigin: origin };
const real = 'https://app.codesubmit.io/c/acme/11/22';

describe('by shape', () => {
  it.each([
    [{ a: [{ b: real }] }, real],
    [{ report: 'https://app.codesubmit.io/r/1', url: real, other: `${real}/x` }, real],
    [{ url: `${origin}/c/acme/1` }, `${origin}/c/acme/1`],
    [{ url: 'https://evil.example/c/acme/1' }, null],
    [{ url: 'https://app.codesubmit.io.evil.example/c/acme/1' }, null],
    [{ url: 'https://app.codesubmit.io@evil.example/c/acme/1' }, null],
    [{ url: 'http://app.codesubmit.io/c/acme/1' }, null],
    [{ url: 'https://app.codesubmit.io/c/' }, null],
    [{ url: 'https://app.codesubmit.io/tests/1' }, null],
    [{ url: 'https://app.codesubmit.io/c/../tests/1' }, null],
    [{ url: 'https://app.codesubmit.io/c/acme/%2E%2e/../tests/1' }, null],
    [{ url: ' HTTPS://APP.CODESUBMIT.IO:443/c/Acme/1\n' }, 'https://app.codesubmit.io/c/Acme/1'],
    [{ url: '/c/acme/1', text: `see ${real}` }, null],
    [null, null],
  ])('%j', (reply, link) => {
    expect(findLink(reply, BY_SHAPE)).toBe(link);
  });
});

describe('by setting', () => {
  const reply = {
    id: 7,
    test: { id: 'a/b' },
    up: '..',
    candidate_meta: { url: `${origin}/c/acme/1`, links: [{ href: real }] },
    elsewhere: 'https://other.example/c/acme/1',
    report: 'https://app.codesubmit.io/reports/1',
  };
  const byPath = (path: string) => findLink(reply, { ...BY_SHAPE, linkPath: path });

  it('a path leads to a candidate’s link at CodeSubmit, and to nothing else', () => {
    expect(byPath('candidate_meta.url')).toBe(`${origin}/c/acme/1`);
    expect(byPath('candidate_meta.links.0.href')).toBe(real);
    for (const path of [
      'id',
      'nowhere.url',
      '__proto__.x',
      'candidate_meta',
      'elsewhere',
      'report',
    ]) {
      expect(byPath(path)).toBeNull();
    }
    expect(findLink({ u: 'javascript:alert(1)' }, { ...BY_SHAPE, linkPath: 'u' })).toBeNull();
  });

  it('a template uses fields of the reply, encoded', () => {
    const filled = (template: string) => findLink(reply, { ...BY_SHAPE, linkTemplate: template });
    const acme = 'https://app.codesubmit.io/c/acme';
    expect(filled(`${acme}/{test.id}/{id}`)).toBe(`${acme}/a%2Fb/7`);
    expect(filled(`${acme}/{nowhere}`)).toBeNull();
    expect(filled('{id}')).toBeNull();
    for (const climbing of ['/c/{up}', '/c/{up}/reports/{id}', '/c/acme/x/{up}']) {
      expect(filled(`https://app.codesubmit.io${climbing}`)).toBeNull();
    }
    expect(filled('https://other.example/c/{id}')).toBeNull();
    expect(filled('https://app.codesubmit.io/reports/{id}')).toBeNull();
  });
});
