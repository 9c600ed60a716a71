/** Full-text search: the one question that the engines are asked in different words. */
import type { Expression, SqlBool } from 'kysely'
import type { Search } from './search-words.ts'

export interface SearchEngine {
  /**
   * A condition on rows of `calls`: one line of the call has all phrases of the search (search-words.ts says what is one).
   * @param purpose `page`: the first few in some order are wanted; `all`: all that fit are counted
   */
  condition(search: Search, purpose: 'page' | 'all'): Promise<Expression<SqlBool>>
}
