// Replies that no vendor should give, each with its name.
import { gzipSync } from 'node:zlib';
import { dropped, half, html, json, text, type Reply } from './vendors/fake-vendor.js';

const jsonType = { 'content-type': 'application/json' };
export const replies: [string, Reply][] = [
  ['HTML', html(200)],
  ['an empty body', text(200, '', jsonType)],
  ['204', text(204, '')],
  ['null', json(200, null)],
  ['data: null', json(200, { data: null, results: null })],
  ['a list', json(200, [])],
  ['a list of junk', json(200, { data: [null, 7, 'x', [], {}], results: [null, 7, 'x', [], {}] })],
  ['a string', json(200, 'OK')],
  ['a number', json(200, 1e308)],
  ['an object of unknown fields', json(200, { data: { x: 1 }, y: [{}], results: { z: 2 } })],
  ['wrong types', json(200, { data: { id: 7, name: [], emails: {}, tags: 'x', stage: 1 } })],
  ['half a body', half('{"data":{"id":"')],
  ['half a list', text(200, '{"data":[{"id":"x"', jsonType)],
  ['no UTF-8', text(200, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), jsonType)],
  ['a false gzip', text(200, 'not gzip', { ...jsonType, 'content-encoding': 'gzip' })],
  [
    'a true gzip of HTML',
    text(200, gzipSync('<html>'), { ...jsonType, 'content-encoding': 'gzip' }),
  ],
  ['a redirect', text(302, '', { location: 'https://elsewhere.example.com/' })],
  ['500', html(500)],
  ['409', json(409, { detail: null })],
  ['deep nesting', text(200, `${'['.repeat(50_000)}${']'.repeat(50_000)}`, jsonType)],
  ['nothing at all', dropped],
  ['404 in HTML', html(404)],
];
