/** The source address that connections are counted by. */
import { BlockList, isIPv6 } from 'node:net';

/** A proxy or load balancer connects from these, for many clients at once. */
const PROXIES = new BlockList();
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const) {
  PROXIES.addSubnet(network, prefix, 'ipv4');
}
PROXIES.addAddress('::1', 'ipv6');
PROXIES.addSubnet('fc00::', 7, 'ipv6');
PROXIES.addSubnet('fe80::', 10, 'ipv6');

const MAPPED_IPV4 = /^::ffff:(?=\d+\.)/i;
/** One subscriber usually has all addresses of such a network. */
const IPV6_GROUPS = 4;

/**
 * The IPv4 address, or the /64 network of an IPv6 address. Null for loopback and private peers,
 * whose address can't tell clients apart. Headers that name another address are ignored, because
 * anyone can write them.
 */
export function publicAddressOf(peer: string | undefined): string | null {
  if (peer === undefined) return null;
  const [address = ''] = peer.replace(MAPPED_IPV4, '').split('%');
  if (PROXIES.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) return null;
  return isIPv6(address) ? networkOf(address) : address;
}

function networkOf(address: string): string {
  const [start = '', end] = address.split('::');
  const groups = start.split(':').filter((group) => group !== '');
  const last = end === undefined ? [] : end.split(':').filter((group) => group !== '');
  const zeros = Array<string>(8 - groups.length - last.length).fill('0');
  return [...groups, ...zeros, ...last].slice(0, IPV6_GROUPS).join(':');
}
