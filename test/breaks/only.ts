// Stands in for uvu in the copy that `npm run breaks` makes: registers only the test that is to
// fail, so that a break costs one test and not a file of them.
import { suite as wholeSuite, type Callback, type Test } from 'uvu';

import { isNamed } from './promises.ts';

const wanted = { name: process.env.FSYNC_BREAKS_TEST ?? '' };

/** Like uvu's, but of its tests only those that are wanted run; each says so when it begins. */
export function suite<T>(name: string, context?: T): Test<T> {
  const whole = wholeSuite(name, context);
  const some = (test: string, body: Callback<T>): void => {
    if (!isNamed(test, wanted)) return;
    whole(test, (inner) => {
      console.log(`\nbegan: ${test}`);
      return body(inner);
    });
  };
  return Object.assign(some, whole);
}
