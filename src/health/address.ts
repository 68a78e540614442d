/** What an IP address is good for. Forms that carry an IPv4 address inside (mapped, NAT64, 6to4, Teredo) are judged by that address. */
import { isIP } from 'node:net';

/** `metadata`: the address a cloud hands credentials out on. `reserved`: nothing a host on the internet may have. */
export type AddressKind = 'public' | 'loopback' | 'private' | 'link-local' | 'metadata' | 'reserved';

// IANA special-purpose registries for IPv4 and IPv6; first and last address as 32-bit numbers are computed from prefix and length.
const IPV4: readonly (readonly [network: string, bits: number, kind: AddressKind])[] = [
  ['169.254.169.254', 32, 'metadata'],
  ['169.254.170.2', 32, 'metadata'], // ECS task credentials
  ['100.100.100.200', 32, 'metadata'], // Alibaba Cloud
  ['168.63.129.16', 32, 'metadata'], // Azure wire server
  ['169.254.0.0', 16, 'link-local'],
  ['127.0.0.0', 8, 'loopback'],
  ['10.0.0.0', 8, 'private'],
  ['172.16.0.0', 12, 'private'],
  ['192.168.0.0', 16, 'private'],
  ['100.64.0.0', 10, 'private'], // carrier-grade NAT
  ['0.0.0.0', 8, 'reserved'], // Linux takes 0.0.0.0 for itself
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'reserved'],
  ['198.18.0.0', 15, 'reserved'],
  ['198.51.100.0', 24, 'reserved'],
  ['203.0.113.0', 24, 'reserved'],
  ['224.0.0.0', 3, 'reserved'], // multicast, future use, broadcast
];

/** Of an address without brackets; a zone (`%eth0`) is ignored. What is no address is `reserved`. */
export function addressKind(address: string): AddressKind {
  const plain = address.replace(/%.*$/, '');
  const version = isIP(plain);
  if (version === 4) return ipv4Kind(ipv4Number(plain));
  return version === 6 ? ipv6Kind(ipv6Groups(plain)) : 'reserved';
}

function ipv4Number(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function ipv4Kind(number: number): AddressKind {
  for (const [network, bits, kind] of IPV4) {
    const size = 2 ** (32 - bits);
    if (Math.floor(number / size) === Math.floor(ipv4Number(network) / size)) return kind;
  }
  return 'public';
}

/** Eight 16-bit groups. */
function ipv6Groups(text: string): readonly number[] {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const number = dotted ? ipv4Number(dotted[2] ?? '') : 0;
  const hex = dotted ? `${dotted[1]}${Math.floor(number / 65_536).toString(16)}:${(number % 65_536).toString(16)}` : text;
  const [head = '', tail] = hex.split('::');
  const groups = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  if (tail === undefined) return groups(head);
  const [before, after] = [groups(head), groups(tail)];
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function ipv6Kind(groups: readonly number[]): AddressKind {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const last = g * 65_536 + h;
  const isZeroTo = (count: number): boolean => groups.slice(0, count).every((group) => group === 0);
  if (isZeroTo(8)) return 'reserved';
  if (isZeroTo(7) && h === 1) return 'loopback';
  if (isZeroTo(6) || (isZeroTo(5) && f === 0xffff) || (isZeroTo(4) && e === 0xffff && f === 0)) return ipv4Kind(last); // compatible, mapped, translated
  if (a === 0x64 && b === 0xff9b) return c === 0 && d === 0 && e === 0 && f === 0 ? ipv4Kind(last) : 'private'; // NAT64; 64:ff9b:1::/48 is local use
  if (a === 0x2002) return ipv4Kind(b * 65_536 + c); // 6to4
  if (a === 0x2001 && b === 0) return ipv4Kind(0xffffffff - last); // Teredo holds the client's address inverted
  if (a === 0xfd00 && b === 0xec2 && last === 0x254) return 'metadata'; // AWS
  if ((a & 0xfe00) === 0xfc00) return 'private';
  if ((a & 0xffc0) === 0xfe80) return 'link-local';
  if ((a & 0xffc0) === 0xfec0) return 'private';
  if (a === 0x2001 && b === 0xdb8) return 'reserved';
  return (a & 0xe000) === 0x2000 ? 'public' : 'reserved';
}
