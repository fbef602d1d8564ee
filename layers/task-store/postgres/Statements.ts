import { versionsKept } from "../../../services/TaskStore.ts"

/** The layout that this version knows. */
export const layout = 1

/** Two processes that keep tasks in one database would not know of each other's: the second one is refused. */
export const lockKey = 0x4d696c54

export const tables = `
  CREATE TABLE IF NOT EXISTS millrace_layout (version integer NOT NULL);
  INSERT INTO millrace_layout SELECT ${layout} WHERE NOT EXISTS (SELECT FROM millrace_layout);
  CREATE TABLE IF NOT EXISTS millrace_tasks (
    id text COLLATE "C" PRIMARY KEY, project text NOT NULL, origin text NOT NULL, state text NOT NULL,
    updated_at bigint NOT NULL, next_run bigint, search tsvector NOT NULL, body text NOT NULL
  );
  CREATE INDEX IF NOT EXISTS millrace_tasks_search ON millrace_tasks USING gin (search);
  CREATE TABLE IF NOT EXISTS millrace_task_versions (
    id text COLLATE "C" NOT NULL REFERENCES millrace_tasks ON DELETE CASCADE,
    revision integer NOT NULL, saved_at bigint NOT NULL, body text NOT NULL, PRIMARY KEY (id, revision)
  );
  CREATE TABLE IF NOT EXISTS millrace_task_checkpoints (
    id text COLLATE "C" PRIMARY KEY REFERENCES millrace_tasks ON DELETE CASCADE, body text NOT NULL
  );
`

/** Rows come as one JSON list: no statement has a limit of parameters then. Of one id the last counts. */
const rows = `
  SELECT DISTINCT ON (id) * FROM (
    SELECT * FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (
      id text, project text, origin text, state text, revision integer, "updatedAt" bigint, "nextRun" bigint,
      words text, body text
    )) WITH ORDINALITY AS given (id, project, origin, state, revision, updated_at, next_run, words, body, place)
  ) AS given ORDER BY id, place DESC`

export const saveTasks = `
  INSERT INTO millrace_tasks (id, project, origin, state, updated_at, next_run, search, body)
  SELECT id, project, origin, state, updated_at, next_run,
    array_to_tsvector(string_to_array(words, ' ')), body FROM (${rows}) AS given
  ON CONFLICT (id) DO UPDATE SET project = excluded.project, origin = excluded.origin, state = excluded.state,
    updated_at = excluded.updated_at, next_run = excluded.next_run, search = excluded.search, body = excluded.body`

export const saveVersions = `
  INSERT INTO millrace_task_versions (id, revision, saved_at, body)
  SELECT id, revision, updated_at, body FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (
    id text, project text, origin text, state text, revision integer, "updatedAt" bigint, "nextRun" bigint,
    words text, body text
  )) WITH ORDINALITY AS given (id, project, origin, state, revision, updated_at, next_run, words, body, place)
  ORDER BY place ON CONFLICT DO NOTHING RETURNING id, revision`

export const dropOldVersions = `
  DELETE FROM millrace_task_versions USING jsonb_to_recordset($1::jsonb) AS given (id text, revision integer)
  WHERE millrace_task_versions.id = given.id AND millrace_task_versions.revision <= given.revision - ${versionsKept}`

export const getTask = "SELECT body FROM millrace_tasks WHERE id = $1"

export const listTasks = `
  SELECT body FROM millrace_tasks
  WHERE ($1::text IS NULL OR project = $1) AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR origin = $3)
    AND ($4::text IS NULL OR search @@ $4::tsquery)
  ORDER BY id LIMIT $5 OFFSET $6`

export const removeTasks = "DELETE FROM millrace_tasks WHERE id = ANY ($1::text[])"

export const listVersions =
  "SELECT revision, saved_at, body FROM millrace_task_versions WHERE id = $1 ORDER BY revision DESC"

export const saveCheckpoint = `
  INSERT INTO millrace_task_checkpoints (id, body) SELECT id, $2 FROM millrace_tasks WHERE id = $1
  ON CONFLICT (id) DO UPDATE SET body = excluded.body`

export const getCheckpoint = "SELECT body FROM millrace_task_checkpoints WHERE id = $1"

export const removeCheckpoint = "DELETE FROM millrace_task_checkpoints WHERE id = $1"

export const sweepTasks = `
  DELETE FROM millrace_tasks
  WHERE origin = 'api' AND state NOT IN ('pending', 'running') AND next_run IS NULL AND updated_at < $1`
