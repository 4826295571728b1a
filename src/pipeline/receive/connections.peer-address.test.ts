/** Which peers are counted by their address, and which addresses count as one. */
import { expect, it } from 'vitest';
import { publicAddressOf } from './connections.js';

it.each([
  ['127.0.0.1'],
  ['127.8.9.10'],
  ['::1'],
  ['::ffff:127.0.0.1'],
  ['10.1.2.3'],
  ['172.31.0.1'],
  ['192.168.1.1'],
  ['::ffff:192.168.1.1'],
  ['169.254.3.4'],
  ['100.64.0.1'],
  ['fd12::1'],
  ['fe80::1%eth0'],
  [undefined],
])('%s may be a proxy and has no limit', (peer) => {
  expect(publicAddressOf(peer)).toBeNull();
});

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['172.32.0.1', '172.32.0.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::9', '2001:db8:1:2'],
  ['2001:db8::9', '2001:db8:0:0'],
])('%s counts as %s', (peer, address) => {
  expect(publicAddressOf(peer)).toBe(address);
});
