/**
 * Sends one request after the other on each of so many connections, and says how many were answered and how soon. It
 * speaks HTTP on bare sockets: an HTTP client of Node's would take more processor time than the servers it measures.
 */
import net from 'node:net';

export interface Measured {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Answers other than 200. */
  others: number;
}

export interface Load {
  url: string;
  connections: number;
  forMs: number;
  /** The next request's body. */
  body: () => string;
}

const STATUS = /^HTTP\/1\.1 (\d{3})/;
const LENGTH = /\r\ncontent-length: (\d+)\r\n/i;
const END_OF_HEAD = '\r\n\r\n';

export async function measure({ url, connections, forMs, body }: Load): Promise<Measured> {
  const target = new URL(url);
  const took: number[] = [];
  let others = 0;
  const startedMs = performance.now();
  const lane = async (): Promise<void> => {
    let connection: Connection | undefined;
    while (performance.now() - startedMs < forMs) {
      const from = performance.now();
      connection ??= await Connection.open(target);
      const status = await connection.post(body());
      if (status === 200) took.push(performance.now() - from);
      else others += 1;
      if (connection.isClosing) {
        connection.close();
        connection = undefined;
      }
    }
    connection?.close();
  };
  await Promise.all(Array.from({ length: connections }, lane));
  const seconds = (performance.now() - startedMs) / 1_000;
  took.sort((one, other) => one - other);
  const at = (part: number): number => took[Math.floor(took.length * part)] ?? Number.NaN;
  return { perSecond: took.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), others };
}

class Connection {
  isClosing = false;
  #received = '';
  #settle: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined;

  private constructor(
    private readonly socket: net.Socket,
    private readonly head: string,
  ) {
    socket.setEncoding('latin1');
    socket.setNoDelay(true);
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', (error) => this.#settle?.reject(error));
    socket.on('close', () => this.#settle?.reject(new Error('closed before the answer')));
  }

  static open({ hostname, port, host, pathname }: URL): Promise<Connection> {
    const head = `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n`;
    return new Promise((resolve, reject) => {
      const socket = net.connect(Number(port), hostname);
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Connection(socket, head)));
    });
  }

  /** Resolves with the answer's status. */
  post(body: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.socket.write(`${this.head}content-length: ${body.length}${END_OF_HEAD}${body}`);
    });
  }

  close(): void {
    this.#settle = undefined;
    this.socket.destroy();
  }

  #read(text: string): void {
    this.#received += text;
    const headEnd = this.#received.indexOf(END_OF_HEAD);
    if (headEnd === -1) return;
    const head = this.#received.slice(0, headEnd + 2);
    const length = Number(LENGTH.exec(head)?.[1] ?? 0);
    if (this.#received.length < headEnd + END_OF_HEAD.length + length) return;
    this.#received = '';
    this.isClosing = /\r\nconnection: close\r\n/i.test(head);
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.resolve(Number(STATUS.exec(head)?.[1]));
  }
}
