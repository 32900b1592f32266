import { pageLogic } from '../page-logic.ts'
import { startPage } from './page.ts'

startPage(pageLogic, document)
