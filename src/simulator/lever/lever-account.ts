// The parts of a Lever account that rarely change: stages, users, archive reasons.
import { randomUUID } from 'node:crypto';
import { notFound } from '../simulated-error.js';
import type { ArchiveReason, Stage, User } from './lever-records.js';

export class LeverAccount {
  /** In pipeline order. */
  readonly stages: Stage[] = [];
  readonly users: User[] = [];
  readonly archiveReasons: ArchiveReason[] = [];

  addStage(stage: { text: string; id?: string | undefined; index?: number | undefined }): Stage {
    const added = { id: stage.id ?? randomUUID(), text: stage.text, isActive: true };
    this.stages.splice(stage.index ?? this.stages.length, 0, added);
    return added;
  }

  /** Renames or (de)activates a stage; Lever deactivates only empty stages. */
  changeStage(id: string, change: { text?: string | undefined; isActive?: boolean | undefined }) {
    const stage = this.getStage(id);
    if (change.text !== undefined) stage.text = change.text;
    if (change.isActive !== undefined) stage.isActive = change.isActive;
    return stage;
  }

  /** @throws a 404 when there is none. */
  getStage(id: string): Stage {
    return found(this.stages, id, 'stage');
  }

  /** Finds by id, else by text. @throws a 404 when there is none. */
  getStageNamed(idOrText: string): Stage {
    const named = this.stages.find(({ id, text }) => id === idOrText || text === idOrText);
    return named ?? this.getStage(idOrText);
  }

  stageIndex(id: string): number {
    return this.stages.findIndex((stage) => stage.id === id);
  }

  addUser(user: {
    name: string;
    id?: string | undefined;
    email?: string | undefined;
    accessRole?: User['accessRole'] | undefined;
  }): User {
    const added: User = {
      id: user.id ?? randomUUID(),
      name: user.name,
      email: user.email ?? `${user.name.toLowerCase().replace(/\W+/g, '.')}@example.com`,
      accessRole: user.accessRole ?? 'team member',
      deactivatedAt: null,
    };
    this.users.push(added);
    return added;
  }

  /** @throws a 404 when there is none. */
  getUser(id: string): User {
    return found(this.users, id, 'user');
  }

  deactivateUser(id: string, at: number): User {
    const user = this.getUser(id);
    user.deactivatedAt = at;
    return user;
  }

  addArchiveReason(text: string): ArchiveReason {
    const added = { id: randomUUID(), text };
    this.archiveReasons.push(added);
    return added;
  }
}

function found<Row extends { id: string }>(rows: Row[], id: string, what: string): Row {
  const row = rows.find((candidate) => candidate.id === id);
  if (!row) throw notFound(`${what} ${id}`);
  return row;
}
