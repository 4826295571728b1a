/**
 * The schema, and the steps that brought it there: each step's SQL leads to the next version.
 *
 * There is one step, version 1. It is edited in place until 0.1.0 is published; after that a
 * released step never changes. What a table holds, and what a column means, is said once: in the table's own file.
 */
import { DEFAULT_REUSE_DAYS } from '../../domain/rule.js';

/**
 * The end of the triggers that refuse to promise a person a challenge twice: another opportunity of the same contact or
 * address was promised it, and it still waits or went out within the rule's reuse days (86400000 ms each). An unknown time
 * counts as within. What a forgotten person had doesn't count if an admin approved or requested the new one.
 *
 * It is the last resort, so it knows only the contact and address of the invitations. `listPromisesToPerson` also follows
 * merged contacts, links and the other addresses of a profile.
 */
const PROMISED_ALREADY = `EXISTS (
  SELECT 1 FROM invitations AS other
  WHERE other.challenge_id = NEW.challenge_id AND other.opportunity_id <> NEW.opportunity_id
    AND (other.email_hash = NEW.email_hash OR other.contact_id = NEW.contact_id)
    AND other.state NOT IN ('failed', 'cancelled')
    AND (other.state = 'queued' OR coalesce(other.went_at, NEW.promised_at) > NEW.promised_at - 86400000 *
      coalesce((SELECT reuse_days FROM rules WHERE id = NEW.rule_id), ${String(DEFAULT_REUSE_DAYS)}))
    AND NOT (other.reason IS 'erased' AND NEW.origin <> 'rule'))
BEGIN SELECT RAISE(ABORT, 'this person was promised this challenge'); END;`;

/** The statement of the triggers that fill `other_addresses` from an invitation's `evidence`, where hashes are in hex. */
const ADD_OTHER_ADDRESSES = `INSERT OR IGNORE INTO other_addresses (email_hash, invitation_id)
  SELECT unhex(value), NEW.id FROM json_each(NEW.evidence, '$.addresses') WHERE unhex(value) <> NEW.email_hash;`;

/** Why a vendor refuses the account (`RejectionKind`). */
const REFUSAL_KINDS = `('key', 'unpaid', 'no_right', 'no_sending', 'other_account')`;

const VERSION_1 = `
CREATE TABLE integration (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  set_up_at INTEGER,
  paused_at INTEGER,
  revoked_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1,
  lever_refused_at INTEGER,
  lever_refusal_kind TEXT CHECK (lever_refusal_kind IN ${REFUSAL_KINDS}),
  lever_refusal TEXT,
  codesubmit_refused_at INTEGER,
  codesubmit_refusal_kind TEXT CHECK (codesubmit_refusal_kind IN ${REFUSAL_KINDS}),
  codesubmit_refusal TEXT,
  acting_user_missing_at INTEGER,
  webhook_verified_at INTEGER,
  last_delivery_at INTEGER,
  signatures_refused_at INTEGER,
  last_sweep_at INTEGER,
  sweep_error TEXT,
  deleted_listed_at INTEGER,
  daemon_started_at INTEGER,
  daemon_seen_at INTEGER,
  daemon_environment TEXT,
  able_since INTEGER,
  checked_at INTEGER,
  restored_at INTEGER
) STRICT;
INSERT INTO integration DEFAULT VALUES;

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  sealed BLOB NOT NULL,
  expires_at INTEGER
) STRICT;

CREATE TABLE logins (
  state_hash BLOB PRIMARY KEY CHECK (length(state_hash) = 32),
  sealed BLOB,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lever_ids (
  kind TEXT NOT NULL CHECK (kind IN ('stage', 'user', 'environment', 'credential')),
  id TEXT NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE vendors (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO vendors (name, value) VALUES ('challenges', '[]'), ('sent_list', '{}'), ('next_lever_call', '0');

CREATE TABLE reply_shapes (
  vendor TEXT NOT NULL,
  route TEXT NOT NULL,
  status INTEGER NOT NULL,
  shape TEXT NOT NULL,
  PRIMARY KEY (vendor, route, status)
) STRICT, WITHOUT ROWID;

CREATE TABLE rules (
  id INTEGER PRIMARY KEY,
  stage_id TEXT NOT NULL,
  stage_name TEXT NOT NULL,
  tag TEXT NOT NULL,
  tag_key TEXT NOT NULL,
  challenge_id TEXT NOT NULL,
  challenge_name TEXT NOT NULL,
  due_days INTEGER,
  time_limit_minutes INTEGER,
  delay_minutes INTEGER NOT NULL,
  reuse_days INTEGER NOT NULL,
  activated_at INTEGER NOT NULL,
  removed_at INTEGER,
  ended_at INTEGER,
  braked_at INTEGER,
  count_from INTEGER NOT NULL,
  challenge_unknown_at INTEGER
) STRICT;
CREATE UNIQUE INDEX rules_identity ON rules (stage_id, tag_key) WHERE removed_at IS NULL;

CREATE TABLE approvals (
  opportunity_id TEXT NOT NULL,
  stage_id TEXT NOT NULL,
  visit_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  subject TEXT NOT NULL,
  PRIMARY KEY (opportunity_id, stage_id, visit_at, reason, subject)
) STRICT, WITHOUT ROWID;

-- In the order of their times, new rows lie side by side. Identities alone are random: each row would change a page
-- of its own.
CREATE TABLE deliveries (
  identity BLOB NOT NULL CHECK (length(identity) = 32),
  event TEXT NOT NULL,
  opportunity_id TEXT,
  to_stage_id TEXT,
  triggered_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  UNIQUE (triggered_at, identity)
) STRICT;
CREATE INDEX deliveries_opportunity ON deliveries (opportunity_id, received_at);

CREATE TABLE candidates (
  id TEXT PRIMARY KEY,
  name TEXT,
  contact_id TEXT,
  email_hash BLOB,
  url TEXT,
  stage_id TEXT,
  visit_at INTEGER,
  moved_at INTEGER,
  kind TEXT CHECK (kind IN ('invite', 'hold', 'ignore')),
  reason TEXT,
  detail TEXT,
  rule_id INTEGER REFERENCES rules (id),
  challenge_id TEXT,
  decided_at INTEGER,
  seen_at INTEGER,
  look_at INTEGER,
  hints INTEGER NOT NULL DEFAULT 0,
  hints_done INTEGER NOT NULL DEFAULT 0,
  announced_stage_id TEXT,
  announced_archived INTEGER,
  announced_at INTEGER,
  is_deletion_announced INTEGER NOT NULL DEFAULT 0,
  is_read_alone INTEGER NOT NULL DEFAULT 0,
  rereads INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  erased_at INTEGER,
  forgotten_at INTEGER,
  forgotten_until INTEGER,
  CHECK ((kind IS NULL) = (reason IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX candidates_look ON candidates (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX candidates_failing ON candidates (attempts) WHERE attempts > 0;
CREATE INDEX candidates_kept ON candidates (id) WHERE erased_at IS NULL;
CREATE INDEX candidates_email ON candidates (email_hash);
CREATE INDEX candidates_contact ON candidates (contact_id);
CREATE INDEX candidates_moved ON candidates (moved_at) WHERE moved_at IS NOT NULL;
CREATE INDEX candidates_held ON candidates (reason, rule_id) WHERE kind = 'hold';
-- The newest holds, for status, however many there are.
CREATE INDEX candidates_held_since ON candidates (decided_at) WHERE kind = 'hold';
-- The holds of one stage, which a sweep looks through, however many there are elsewhere.
CREATE INDEX candidates_held_in ON candidates (stage_id) WHERE kind = 'hold';
CREATE INDEX candidates_gone ON candidates (id) WHERE reason IN ('deleted', 'anonymized', 'no_access');

CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  opportunity_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  outcome TEXT NOT NULL,
  detail TEXT,
  invitation_id INTEGER REFERENCES invitations (id),
  stage_id TEXT,
  visit_at INTEGER,
  seen_at INTEGER
) STRICT;
CREATE INDEX events_of ON events (opportunity_id, id);
-- Opportunities of a person who was promised the challenge through another one: how far it is shows on them too.
CREATE UNIQUE INDEX events_shares ON events (invitation_id, opportunity_id) WHERE kind = 'share';

CREATE TABLE invitations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  opportunity_id TEXT NOT NULL,
  challenge_id TEXT NOT NULL,
  challenge_name TEXT NOT NULL,
  repetition INTEGER NOT NULL DEFAULT 0,
  origin TEXT NOT NULL DEFAULT 'rule' CHECK (origin IN ('rule', 'approval', 'person')),
  rule_id INTEGER REFERENCES rules (id),
  visit_stage_id TEXT NOT NULL,
  visit_at INTEGER NOT NULL,
  contact_id TEXT,
  email_hash BLOB NOT NULL,
  state TEXT NOT NULL CHECK
    (state IN ('queued', 'sending', 'uncertain', 'invited', 'linked', 'failed', 'cancelled')),
  reason TEXT,
  detail TEXT,
  due_at INTEGER,
  promised_at INTEGER NOT NULL,
  queued_at INTEGER,
  intent_at_vendor INTEGER,
  accepted_at INTEGER,
  deadline_at INTEGER,
  went_at INTEGER,
  vendor_id TEXT,
  sealed_link BLOB,
  link_hash BLOB,
  status_number INTEGER,
  progress TEXT,
  progress_at INTEGER,
  evidence TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  invited_at INTEGER,
  UNIQUE (opportunity_id, challenge_id, repetition)
) STRICT;
CREATE UNIQUE INDEX invitations_visit ON invitations (opportunity_id, visit_stage_id, visit_at)
  WHERE repetition = 0 AND state NOT IN ('failed', 'cancelled');
CREATE INDEX invitations_due ON invitations (due_at) WHERE state = 'queued';
CREATE INDEX invitations_lookup ON invitations (due_at) WHERE state = 'uncertain';
CREATE INDEX invitations_accepted ON invitations (accepted_at) WHERE accepted_at IS NOT NULL;
CREATE INDEX invitations_absent ON invitations (id) WHERE evidence -> '$.absences' IS NOT NULL;
CREATE INDEX invitations_followed ON invitations (progress_at)
  WHERE state IN ('invited', 'linked') AND progress_at IS NOT NULL AND progress NOT IN ('reviewed', 'cancelled');
CREATE INDEX invitations_followed_from ON invitations (max(progress_at, coalesce(deadline_at, 0)))
  WHERE state IN ('invited', 'linked') AND progress_at IS NOT NULL AND progress NOT IN ('reviewed', 'cancelled');
CREATE INDEX invitations_sending ON invitations (id) WHERE state = 'sending';
CREATE INDEX invitations_by_state ON invitations (state, id) WHERE state NOT IN ('linked', 'cancelled');
CREATE INDEX invitations_contact ON invitations (contact_id, challenge_id);
CREATE INDEX invitations_email ON invitations (email_hash, challenge_id);
CREATE INDEX invitations_brake ON invitations (rule_id, promised_at) WHERE origin = 'rule';
CREATE INDEX invitations_link ON invitations (link_hash) WHERE link_hash IS NOT NULL;
CREATE INDEX invitations_vendor ON invitations (vendor_id);
CREATE INDEX invitations_number ON invitations (status_number) WHERE status_number IS NOT NULL;

-- One person gets a challenge once within the rule's reuse days; the code decides it, these two make it so.
CREATE TRIGGER invitations_person_insert BEFORE INSERT ON invitations
WHEN NEW.repetition = 0 AND NEW.state NOT IN ('failed', 'cancelled') AND ${PROMISED_ALREADY}
CREATE TRIGGER invitations_person_update BEFORE UPDATE OF state, email_hash, contact_id ON invitations
WHEN NEW.repetition = 0 AND NEW.state = 'queued'
  AND (OLD.state IN ('failed', 'cancelled') OR OLD.email_hash <> NEW.email_hash
    OR OLD.contact_id IS NOT NEW.contact_id)
  AND ${PROMISED_ALREADY}

-- By which the person is known beside the one that the challenge goes to. Triggers alone write them.
CREATE TABLE other_addresses (
  email_hash BLOB NOT NULL,
  invitation_id INTEGER NOT NULL REFERENCES invitations (id),
  PRIMARY KEY (email_hash, invitation_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER other_addresses_insert AFTER INSERT ON invitations
BEGIN ${ADD_OTHER_ADDRESSES} END;
CREATE TRIGGER other_addresses_update AFTER UPDATE OF evidence ON invitations
BEGIN
  DELETE FROM other_addresses WHERE invitation_id = NEW.id
    AND email_hash IN (SELECT unhex(value) FROM json_each(OLD.evidence, '$.addresses'));
  ${ADD_OTHER_ADDRESSES}
END;

CREATE TABLE sent_challenges (
  vendor_id TEXT PRIMARY KEY,
  email_hash BLOB,
  person_hash BLOB,
  looks_masked INTEGER NOT NULL,
  challenge_id TEXT,
  created_from INTEGER,
  created_until INTEGER,
  sealed_link BLOB,
  status_number INTEGER,
  commits_count INTEGER,
  seen_in INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sent_challenges_newest ON sent_challenges (created_from);
CREATE INDEX sent_challenges_email ON sent_challenges (email_hash);
CREATE INDEX sent_challenges_person ON sent_challenges (person_hash);
-- The link of a row that is ours is kept once, where forgetting erases it.
CREATE TRIGGER sent_challenges_ours AFTER UPDATE OF vendor_id ON invitations WHEN NEW.vendor_id IS NOT NULL
BEGIN UPDATE sent_challenges SET sealed_link = NULL WHERE vendor_id = NEW.vendor_id; END;

CREATE TABLE writebacks (
  id INTEGER PRIMARY KEY,
  invitation_id INTEGER REFERENCES invitations (id),
  opportunity_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('link', 'note', 'tag')),
  topic TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'pending', 'writing', 'done', 'parked')),
  sealed_note BLOB,
  wanted TEXT,
  ours TEXT NOT NULL DEFAULT '[]',
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  look_at INTEGER,
  last_error TEXT,
  last_status INTEGER,
  created_at INTEGER NOT NULL,
  done_at INTEGER,
  UNIQUE (opportunity_id, kind, topic)
) STRICT;
CREATE INDEX writebacks_invitation ON writebacks (invitation_id);
CREATE INDEX writebacks_due ON writebacks (due_at) WHERE state = 'pending';
CREATE INDEX writebacks_pending ON writebacks (created_at) WHERE state IN ('pending', 'writing');
CREATE INDEX writebacks_parked ON writebacks (id) WHERE state = 'parked';
CREATE INDEX writebacks_tagged ON writebacks (topic) WHERE kind = 'tag' AND wanted IS NOT NULL;

-- What checks found wrong, and what was reported to the admin’s channel.
CREATE TABLE facts (
  code TEXT NOT NULL,
  subject TEXT NOT NULL,
  vendor TEXT,
  level TEXT NOT NULL,
  what TEXT NOT NULL,
  fix TEXT NOT NULL,
  since INTEGER NOT NULL,
  check_id TEXT,
  is_reported INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (code, subject)
) STRICT, WITHOUT ROWID;

-- Numbers that are kept, so that nothing counts the history. Triggers alone write them.
CREATE TABLE counts (name TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counts (name, n) VALUES ('queued', 0), ('sending', 0), ('uncertain', 0), ('invited', 0),
  ('linked', 0), ('failed', 0), ('cancelled', 0);

CREATE TRIGGER counts_invitation_insert AFTER INSERT ON invitations
BEGIN UPDATE counts SET n = n + 1 WHERE name = NEW.state; END;
CREATE TRIGGER counts_invitation_update AFTER UPDATE OF state ON invitations WHEN OLD.state <> NEW.state
BEGIN
  UPDATE counts SET n = n - 1 WHERE name = OLD.state;
  UPDATE counts SET n = n + 1 WHERE name = NEW.state;
END;
`;

/** The SQL that makes version 1, the SQL that makes version 2 of it, and so on. */
export const SCHEMA: readonly string[] = [VERSION_1];

/**
 * Marks a copy, whatever its version: a daemon that starts on it is paused, even if it was revoked and is set up again.
 * An earlier pause keeps its time.
 */
export const PAUSE_COPY = `
UPDATE integration SET version = version + 1,
  paused_at = coalesce(paused_at, unixepoch() * 1000), restored_at = coalesce(restored_at, unixepoch() * 1000)`;
