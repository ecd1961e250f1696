//! What a run leaves behind: constants, and whatever stood on the stack where a panic or limit ended
//! it. Takes a machine whose run is over and frees all of it; nothing of the program may see that:
//! no `deinit` runs, nothing is counted.

use crate::machine::{Machine, push_children};
use crate::value::V;
use std::rc::Rc;

impl Machine<'_> {
    /// Frees everything, dead cycles too, however deep it is.
    pub fn free_what_is_left(mut self) {
        let mut work = std::mem::take(&mut self.slots);
        work.append(&mut self.globals);
        work.append(&mut self.releasing);
        work.push(self.carried.take());
        let callers = self.callers.drain(..).map(|c| c.closure);
        let closures = callers.chain([self.closure.take()]).flatten();
        work.extend(closures.map(V::Fn));
        for object in self.heap.take_objects() {
            work.push(object.value.take());
        }
        while let Some(v) = work.pop() {
            match v {
                V::Ptr(object) => {
                    if Rc::strong_count(&object) == 1 {
                        work.push(object.value.take());
                    }
                }
                v => push_children(v, &mut work),
            }
        }
    }
}
