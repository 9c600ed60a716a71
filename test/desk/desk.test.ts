import { deskContract } from '../contracts/desk.ts'
import { newSqlitePlace } from './empty-desk.ts'

deskContract('SQLite', newSqlitePlace)
