// The parts of a Lever account that rarely change: stages, users, archive reasons.
import { randomUUID } from 'node:crypto';
import { notFound } from '../simulated-error.js';
import type { ArchiveReason, Stage, User } from './lever-records.js';

export class LeverAccount {
  /** In pipeline order. */
  readonly stages: Stage[] = [];
  readonly users: User[] = [];
  readonly archiveReasons: ArchiveReason[] = [];

  /** Adds a stage at the end of the pipeline. */
  addStage(stage: { text: string; id?: string }): Stage {
    const added = { id: stage.id ?? randomUUID(), text: stage.text, isActive: true };
    this.stages.push(added);
    return added;
  }

  /**
   * Renames or (de)activates a stage. Lever deactivates only empty stages; this doesn't check it. @throws a 404 when
   * there is none.
   */
  changeStage(id: string, change: { text?: string; isActive?: boolean }): Stage {
    return Object.assign(this.getStage(id), change);
  }

  /** The first stage with that id or name. @throws a 404 when there is none. */
  getStage(idOrText: string): Stage {
    const named = this.stages.find(({ id, text }) => id === idOrText || text === idOrText);
    if (!named) throw notFound(`stage ${idOrText}`);
    return named;
  }

  /** The stage's rank in the pipeline, from 0; -1 for an unknown id. */
  stageIndex(id: string): number {
    return this.stages.findIndex((stage) => stage.id === id);
  }

  /** Adds a user, a mere team member unless `accessRole` says otherwise. The e-mail is made from the name. */
  addUser(user: { name: string; id?: string; accessRole?: User['accessRole'] }): User {
    const added: User = {
      id: user.id ?? randomUUID(),
      name: user.name,
      email: `${user.name.toLowerCase().replace(/\W+/g, '.')}@example.com`,
      accessRole: user.accessRole ?? 'team member',
      deactivatedAt: null,
    };
    this.users.push(added);
    return added;
  }

  /** The user of that id. @throws a 404 when there is none. */
  getUser(id: string): User {
    const user = this.users.find((row) => row.id === id);
    if (!user) throw notFound(`user ${id}`);
    return user;
  }

  /** Deactivates a user as of `at` (epoch ms). @throws a 404 when there is none. */
  deactivateUser(id: string, at: number): User {
    return Object.assign(this.getUser(id), { deactivatedAt: at });
  }

  /** Adds a reason for archiving. */
  addArchiveReason(text: string): ArchiveReason {
    const added = { id: randomUUID(), text };
    this.archiveReasons.push(added);
    return added;
  }
}
