/**
 * The network between the daemon and one vendor: forwards every byte until a chosen request meets a
 * fault. Works on bare sockets, so a connection can do what no HTTP server does.
 *
 * daemon ──▶ network ──▶ vendor
 */
import net from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export const NETWORK_FAULTS = [
  /** The connection is reset when the request arrives; the vendor never sees it. */
  'reset before',
  /** The vendor does the work, and the connection is reset instead of an answer. */
  'reset after',
  /** The request disappears, without any answer. */
  'black hole before',
  /** The vendor does the work, and its answer disappears. */
  'black hole after',
  /** The first half of the answer arrives, then the connection closes. */
  'half an answer',
  /** The first half of the answer arrives, then nothing. */
  'half an answer, then silence',
  /** The answer arrives byte by byte, slower than any time limit. */
  'drip',
  /** An endless answer instead of the vendor's, which did the work. */
  'endless answer',
  /** The vendor did the work, and the answer redirects elsewhere. */
  'redirect',
  /** Bytes that aren't HTTP instead of the answer. */
  'noise',
] as const;
export type NetworkFault = (typeof NETWORK_FAULTS)[number];

interface Planned {
  request: string;
  fault: NetworkFault;
  times: number;
}

const DRIP_MS = 200;
const ENDLESS = Buffer.alloc(64 * 1024, 'x');

export class Network {
  /** Where a redirect points. */
  elsewhere = 'http://127.0.0.1:9/';
  readonly #sockets = new Set<net.Socket>();
  readonly #server: net.Server;
  #planned: Planned[] = [];
  #disturbed = 0;

  private constructor(private readonly vendor: URL) {
    this.#server = net.createServer((socket) => this.#carry(socket));
  }

  static async before(vendorOrigin: string): Promise<Network> {
    const network = new Network(new URL(vendorOrigin));
    network.#server.listen(0, '127.0.0.1');
    await once(network.#server, 'listening');
    return network;
  }

  get origin(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** The number of connections stuck in a fault that the daemon hasn't given up yet. */
  get disturbed(): number {
    return this.#disturbed;
  }

  /** The next requests with this start, such as `POST /v1/opportunities`, meet the fault. */
  plan(request: string, fault: NetworkFault, times = 1): void {
    this.#planned.push({ request, fault, times });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #carry(daemon: net.Socket): void {
    const vendor = net.connect(Number(this.vendor.port), this.vendor.hostname);
    for (const socket of [daemon, vendor]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    }
    let fault: NetworkFault | undefined;
    daemon.on('data', (bytes: Buffer) => {
      fault ??= this.#strike(bytes);
      if (fault === 'reset before') daemon.resetAndDestroy();
      else if (fault !== 'black hole before') vendor.write(bytes);
    });
    vendor.on('data', (bytes: Buffer) => {
      if (fault === undefined) daemon.write(bytes);
      else this.#spoil(fault, bytes, daemon);
    });
    daemon.on('close', () => {
      // The vendor completes the request, as if its client had gone.
      if (fault === undefined) vendor.destroy();
      else this.#disturbed -= 1;
    });
    vendor.on('close', () => {
      if (fault === undefined) daemon.destroy();
    });
  }

  #strike(bytes: Buffer): NetworkFault | undefined {
    const head = bytes.toString('latin1');
    const planned = this.#planned.find(
      ({ request, times }) => times > 0 && head.startsWith(request),
    );
    if (!planned) return undefined;
    planned.times -= 1;
    this.#disturbed += 1;
    return planned.fault;
  }

  #spoil(fault: NetworkFault, answer: Buffer, daemon: net.Socket): void {
    const half = answer.subarray(0, Math.max(1, answer.length - 20));
    switch (fault) {
      case 'reset after':
        daemon.resetAndDestroy();
        return;
      case 'half an answer':
        daemon.end(half);
        return;
      case 'half an answer, then silence':
        daemon.write(half);
        return;
      case 'drip':
        drip(answer, daemon);
        return;
      case 'endless answer':
        pour(daemon);
        return;
      case 'redirect':
        daemon.end(
          `HTTP/1.1 307 Temporary Redirect\r\nLocation: ${this.elsewhere}\r\nContent-Length: 0\r\n\r\n`,
        );
        return;
      case 'noise':
        daemon.end('\x16\x03\x01 what is this\r\n\r\n');
        return;
      case 'reset before':
      case 'black hole before':
      case 'black hole after':
    }
  }
}

function drip(answer: Buffer, daemon: net.Socket): void {
  let sent = 0;
  const timer = setInterval(() => {
    daemon.write(answer.subarray(sent, sent + 1));
    sent += 1;
  }, DRIP_MS);
  daemon.on('close', () => clearInterval(timer));
}

function pour(daemon: net.Socket): void {
  daemon.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"');
  const more = (): void => {
    while (!daemon.destroyed && daemon.write(ENDLESS));
  };
  daemon.on('drain', more);
  more();
}
