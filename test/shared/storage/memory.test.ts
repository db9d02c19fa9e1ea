// The store in memory.
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import { storageContract } from '../../contract/storage.ts'

storageContract('memory', () => createMemoryStorage())
