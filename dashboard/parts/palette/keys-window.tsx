// The list of keys, and the setting that turns single ones off.
import { useState } from 'preact/hooks'
import { hasSingleKeys, setSingleKeys } from '../header/keyboard.ts'
import { KeyList } from '../key-list.tsx'
import { Dialog } from './dialog.tsx'

export function KeysWindow({ onClose }: { onClose: () => void }) {
  const [single, setSingle] = useState(hasSingleKeys)
  const choose = (on: boolean) => {
    setSingleKeys(on)
    setSingle(on)
  }
  return (
    <Dialog label="Keys" class="keys" onClose={onClose}>
      <h2>Keys</h2>
      <KeyList withSingle={single} />
      <label class="check">
        <input type="checkbox" checked={single} onChange={(event) => choose(event.currentTarget.checked)} />
        Keys without Ctrl
      </label>
      <p>
        <button type="button" class="button" onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  )
}
