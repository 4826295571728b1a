/** Lever's postings and their tags. A 403 means a missing permission, no rejected key. */
import { z } from 'zod';
import { ApiError } from '../../../domain/errors.js';
import type { PostingId } from '../../../domain/ids.js';
import type { Posting, PostingLever } from '../../../domain/lever-ports.js';
import { isPlainId, shortName } from '../../../domain/vendor-text.js';
import type { HttpClient } from '../../http/http-client.js';
import { leverHttp, leverPages, type LeverConnection } from './lever-connection.js';
import { parsePostingTags, unwrap } from './lever-records.js';

export interface LeverPostingsOptions extends LeverConnection {
  /** Lever accepts no change of a posting without one. */
  performAs: string | null;
}

const CHANNELS: [string, string][] = [
  ['distributionChannel', 'public'],
  ['distributionChannel', 'internal'],
];

/**
 * The states in which candidates can apply; `internal` means unlisted. Without the channels Lever
 * omits postings published only inside the company. Whether an unlisted posting has a channel is
 * undocumented.
 */
const OPEN: [string, string][][] = [
  [['state', 'published'], ...CHANNELS],
  [['state', 'internal'], ...CHANNELS],
  [['state', 'internal']],
];

const READ = 'GET /postings/:id';
/** All tags are written back, so tags we don't understand must survive. */
const anId = z.string().refine(isPlainId);
const wholeTags = z.object({ id: anId, tags: z.array(z.string()) });

const name = z.string().transform(shortName).catch('');
const posting = z.object({
  id: anId,
  text: name,
  categories: z.object({ location: name }).catch({ location: '' }),
});

export class LeverPostings implements PostingLever {
  readonly #http: HttpClient;
  readonly #performAs: string | null;

  /** @throws AppError `configuration` for an invalid address. */
  constructor(options: LeverPostingsOptions) {
    this.#http = leverHttp(options);
    this.#performAs = options.performAs;
  }

  async listPostings(): Promise<Posting[]> {
    const all = new Map<PostingId, Posting>();
    for (const query of OPEN) {
      const list = { route: 'GET /postings', path: '/postings', query } as const;
      for await (const { records } of leverPages(this.#http, list)) {
        for (const one of records.flatMap((record) => parsePosting(record) ?? [])) {
          all.set(one.id, one);
        }
      }
    }
    return [...all.values()];
  }

  async readPostingTags(id: PostingId): Promise<string[] | null> {
    const request = { route: READ, path: pathOf(id), passStatuses: [404] } as const;
    const { status, body } = await this.#http.request(request);
    if (status === 404) return null;
    const found = wholeTags.safeParse(unwrap(body)).data;
    if (found) return found.tags;
    const reason = 'no tags in reply';
    throw new ApiError({ vendor: 'lever', kind: 'refused', route: READ, status, reason });
  }

  async replacePostingTags(id: PostingId, tags: readonly string[]): Promise<void> {
    await this.#http.request({
      route: 'POST /postings/:id',
      path: pathOf(id),
      query: this.#performAs === null ? [] : [['perform_as', this.#performAs]],
      json: { tags },
    });
  }
}

function pathOf(id: PostingId): string {
  return `/postings/${encodeURIComponent(id)}`;
}

function parsePosting(record: unknown): Posting | null {
  const found = posting.safeParse(record).data;
  if (!found) return null;
  const { id, text: title, categories } = found;
  const tags = parsePostingTags(record) ?? [];
  return { id: id as PostingId, title, location: categories.location, tags };
}
