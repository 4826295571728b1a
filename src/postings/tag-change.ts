/** One tag put on a list of tags, or taken off it; everybody else's stay as they are. Pure. */
import { normalizeTag } from '../domain/rule.js';

export interface TagChange {
  kind: 'add' | 'remove';
  tag: string;
}

export function hasTag(tags: readonly string[], tag: string): boolean {
  return tags.some((one) => normalizeTag(one) === normalizeTag(tag));
}

export function isApplied(tags: readonly string[], { kind, tag }: TagChange): boolean {
  return hasTag(tags, tag) === (kind === 'add');
}

export function applyTo(tags: readonly string[], { kind, tag }: TagChange): string[] {
  return kind === 'add'
    ? [...tags, tag]
    : tags.filter((one) => normalizeTag(one) !== normalizeTag(tag));
}
