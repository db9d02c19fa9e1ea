// The list of keys, and the setting that turns single ones off.
import { useState } from 'preact/hooks'
import { hasSingleKeys, keyList, setSingleKeys } from '../header/keyboard.ts'
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
      <dl class="key-list">
        {keyList.map(({ keys, text, single: isSingle }) => (
          <div key={keys[0]} class={isSingle && !single ? 'key-off' : undefined}>
            <dt>
              {keys.map((key, place) => (
                <span key={key}>
                  {place > 0 && ' or '}
                  <kbd>{key}</kbd>
                </span>
              ))}
            </dt>
            <dd>
              {text}
              {isSingle && !single && ' (off)'}
            </dd>
          </div>
        ))}
      </dl>
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
