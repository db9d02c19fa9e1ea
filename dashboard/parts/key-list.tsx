// The keys of the dashboard.
import { keyList } from './header/keyboard.ts'

/** @param withSingle false marks the keys that are turned off */
export const KeyList = ({ withSingle }: { withSingle: boolean }) => (
  <dl class="key-list">
    {keyList.map(({ keys, text, single }) => {
      const isOff = single && !withSingle
      return (
        <div key={keys[0]} class={isOff ? 'key-off' : undefined}>
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
            {isOff && ' (off)'}
          </dd>
        </div>
      )
    })}
  </dl>
)
