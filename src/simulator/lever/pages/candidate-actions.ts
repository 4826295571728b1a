// What the buttons of the board and of a candidate's page do.
import { z } from 'zod';
import { commaList, filled, noFields } from '../../pages/form-fields.js';
import { action, idIn, type PageCall, type PageRoute } from '../../pages/page-route.js';
import type { LeverWorld } from '../lever-world.js';

/** An action on the candidate of the path, which then shows again. */
function onCandidate<Input extends z.ZodType>(
  path: string,
  fields: Input,
  run: (world: LeverWorld, id: string, input: z.infer<Input>) => void,
): PageRoute<LeverWorld> {
  return action(`/candidates/:id/${path}`, fields, (world, input, call) => {
    run(world, idIn(call), input);
    return pageOf(call);
  });
}

function pageOf(call: PageCall): string {
  return `/candidates/${idIn(call)}`;
}

const stageMove = z.strictObject({ stageId: filled, backTo: z.literal('board').optional() });

export const candidateActions: PageRoute<LeverWorld>[] = [
  action('/candidates/:id/move', stageMove, (world, { stageId, backTo }, call) => {
    world.actions.move(idIn(call), stageId);
    return backTo === 'board' ? '/' : pageOf(call);
  }),
  onCandidate('tags', z.strictObject({ tags: commaList }), (world, id, { tags }) => {
    world.actions.addTags(id, tags);
  }),
  onCandidate('tags/remove', z.strictObject({ tag: z.string() }), (world, id, { tag }) => {
    world.actions.removeTags(id, [tag]);
  }),
  onCandidate('links', z.strictObject({ link: filled }), (world, id, { link }) => {
    world.contacts.addLinks(id, [link]);
  }),
  onCandidate('links/remove', z.strictObject({ link: z.string() }), (world, id, { link }) => {
    world.contacts.removeLinks(id, [link]);
  }),
  onCandidate('notes', z.strictObject({ value: filled }), (world, id, { value }) => {
    world.opportunities.get(id);
    world.notes.add(id, { value, isSecret: false, score: null, userId: null });
  }),
  onCandidate('emails', z.strictObject({ email: filled }), (world, id, { email }) => {
    const { contact } = world.opportunities.sight(id, 0);
    world.contacts.setEmails(id, [...new Set([...contact.emails, email])]);
  }),
  onCandidate('archive', z.strictObject({ reason: filled }), (world, id, { reason }) => {
    world.actions.archive(id, reason);
  }),
  onCandidate('unarchive', noFields, (world, id) => {
    world.actions.unarchive(id);
  }),
  onCandidate('anonymize', noFields, (world, id) => {
    world.actions.anonymize(id);
  }),
  action('/candidates/:id/delete', noFields, (world, _fields, call) => {
    world.actions.remove(idIn(call));
    return '/';
  }),
];
