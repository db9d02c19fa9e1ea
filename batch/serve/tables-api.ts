// The endpoints that need the tables.
import type { TablesApi } from '../../shared/api/calls.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { type SearchTools, searchCrashes } from './search.ts'
import type { QueryRunner } from '../sql/sandbox/query-runner.ts'
import { bugsOfSignatures, signaturesOfBugs } from './bugs.ts'
import { runSql } from './sql.ts'
import { crashSignatures, firstDates } from './signatures.ts'
import { verifyCrash } from './verify.ts'
import { versionStrings } from './versions.ts'

export interface ApiTools extends SearchTools {
  /** The bucket `crashes`. */
  crashes: Storage
  queries: QueryRunner
}

export const createTablesApi = ({ tables, crashes, queries, ...tools }: ApiTools): TablesApi => ({
  SuperSearch: (call) => searchCrashes(call, false, { tables, ...tools }),
  SuperSearchUnredacted: (call) => searchCrashes(call, true, { tables, ...tools }),
  SignatureFirstDate: (call) => firstDates(call, tables),
  VersionString: (call) => versionStrings(call, tables),
  Bugs: (call) => bugsOfSignatures(call, tables),
  SignaturesByBugs: (call) => signaturesOfBugs(call, tables),
  sql: (call) => runSql(call, queries),
  CrashSignature: crashSignatures,
  CrashVerify: (call) => verifyCrash(call, tables, crashes),
})
