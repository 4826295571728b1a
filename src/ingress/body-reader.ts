/** Reads requests' bodies whole, and bounds what those under way take up together. */
import type { IncomingMessage } from 'node:http';
import { errorCodes } from 'fastify';
import { Overloaded } from './overloaded.js';

const MAX_BYTES = 256 * 1024;
/** Lever's deliveries are below a kilobyte: what is no longer than this is bounded by the number of connections alone. */
const SMALL_BYTES = 16 * 1024;
/** How many longer ones may be under way at once: four megabytes, and none of them keeps a small one out. */
const MAX_LONG = 16;
/** Chunks of a few bytes cost far more time and memory than they hold: so many may come, and more if they are longer. */
const MAX_SHORT_CHUNKS = 64;
const SHORT_BYTES = 64;

export class BodyReader {
  #long = 0;

  /** Rejects with what the sender is answered: 413, 503 for a long one too many, 400 for one that breaks off. */
  read(body: IncomingMessage): Promise<Buffer> {
    if (Number(body.headers['content-length']) > MAX_BYTES) {
      return Promise.reject(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE());
    }
    const isChunked = body.headers['transfer-encoding'] !== undefined;
    return new Promise<Buffer>((resolve, reject) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      let isLong = false;
      const end = (): void => {
        body.removeAllListeners('data');
        if (isLong) this.#long -= 1;
        isLong = false;
      };
      body.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (isChunked && isInCrumbs(chunks.length, bytes)) body.destroy();
        const refusal = this.#refusalOf(bytes, isLong);
        if (refusal) {
          end();
          // Its end may never come: nothing more of it is parsed, and Fastify closes the connection after the answer.
          if (isChunked) body.socket.pause();
          reject(refusal);
        } else if (!isLong && bytes > SMALL_BYTES) {
          isLong = true;
          this.#long += 1;
        }
      });
      // From here on each chunk comes as it is parsed, not after all that arrived with it.
      body.read(0);
      body.once('end', () => {
        end();
        resolve(Buffer.concat(chunks, bytes));
      });
      body.once('error', () => {
        end();
        reject(new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH());
      });
    });
  }

  #refusalOf(bytes: number, isLong: boolean): Error | undefined {
    if (bytes > MAX_BYTES) return new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();
    const isNewlyLong = !isLong && bytes > SMALL_BYTES;
    return isNewlyLong && this.#long >= MAX_LONG ? new Overloaded() : undefined;
  }
}

function isInCrumbs(chunks: number, bytes: number): boolean {
  return chunks > MAX_SHORT_CHUNKS && bytes < chunks * SHORT_BYTES;
}
