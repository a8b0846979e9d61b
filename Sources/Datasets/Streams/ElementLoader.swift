import Arrays
import Artifacts

/// Makes the elements of a source ahead of whoever takes them, on threads of its own.
///
/// They are taken in the order of their numbers, pass after pass; who takes another one than the next begins anew there. What is made and
/// not yet taken, what is being made among it, is never more than `ahead` elements, nor much more than a quarter of the machine's memory.
package final class ElementLoader: Sendable {
  /// What is done with an element when it is made, on the same thread: it is looked through, or weighted.
  package typealias Finish = @Sendable (Element) throws(DataFailure) -> Element

  /// What is made behind the last element of a pass.
  package enum Sequel: Sendable { case nextPass, samePass, nothing }

  private let shelf: Shelf

  /// The threads begin with the first element that is taken.
  package init(
    _ source: any ElementSource, threads: Int, ahead: Int, then sequel: Sequel = .nextPass,
    finish: @escaping Finish = { element throws(DataFailure) in element }
  ) {
    precondition(threads > 0 && ahead > 0, "elements are made by somebody, and ahead of being taken")
    shelf = Shelf(source, threads: min(threads, ahead), ahead: ahead, then: sequel, finish: finish)
  }

  deinit { shelf.close() }

  /// Waits until the element is made. Throws why it cannot be.
  package func take(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    try shelf.take(Place(pass: pass, index: index)).get()
  }
}

private struct Place: Equatable {
  var pass: Int
  var index: Int

  /// The one after it, if any.
  func following(count: Int?, _ sequel: ElementLoader.Sequel) -> Place? {
    if index + 1 != count { return Place(pass: pass, index: index + 1) }
    return switch sequel {
    case .nextPass: Place(pass: pass + 1, index: 0)
    case .samePass: Place(pass: pass, index: 0)
    case .nothing: nil
    }
  }
}

/// What the taker and the threads share; the threads keep it alive until they have ended.
private final class Shelf: @unchecked Sendable {
  private typealias Made = Result<Element, DataFailure>

  // Sendable by discipline: what changes is touched under the condition's lock only.
  private let condition = Condition()
  private let source: any ElementSource
  private let ahead: Int
  private let sequel: ElementLoader.Sequel
  private let finish: ElementLoader.Finish
  /// Threads that may still be started.
  private var idleThreads: Int
  /// Counts beginnings, so that what was made for an earlier one is not taken for this one's.
  private var beginning = 0
  /// What was begun and not yet taken, in order; nil while it is being made.
  private var begun: [(place: Place, made: Made?)] = []
  /// What is begun next; nil at the end.
  private var next: Place? = Place(pass: 0, index: 0)
  /// What is made and not taken, and how much of it stops the making of more, however many were asked for.
  private var madeBytes = 0
  private static let byteLimit = FreeMemory.machineBytes / 4
  private var isClosed = false
  /// How many threads make an element now.
  private var making = 0

  init(
    _ source: any ElementSource, threads: Int, ahead: Int, then sequel: ElementLoader.Sequel,
    finish: @escaping ElementLoader.Finish
  ) {
    self.source = source
    self.ahead = ahead
    self.sequel = sequel
    self.finish = finish
    idleThreads = threads
  }

  /// Ends the threads, and waits for those that make an element: behind this nothing of the source is asked for any more.
  func close() {
    condition.locked {
      isClosed = true
      forget()
      condition.tellOthers()
      while making > 0 { condition.wait() }
    }
  }

  func take(_ place: Place) -> Result<Element, DataFailure> {
    let made = condition.locked { () -> Made? in
      if (begun.first?.place ?? next) != place {
        beginning += 1
        forget()
        next = place
      }
      condition.tellOthers()
      while idleThreads > 0, startThread({ self.work() }) { idleThreads -= 1 }
      if begun.isEmpty, idleThreads > 0 { return nil }
      while true {
        if let first = begun.first, let made = first.made {
          begun.removeFirst()
          madeBytes -= made.byteCount
          condition.tellOthers()
          return made
        }
        condition.wait()
      }
    }
    // Where there can be no other thread it is made here.
    guard let made else {
      condition.locked { next = following(place) }
      return make(place)
    }
    return made
  }

  private func work() {
    while let (place, beginning) = beginNext() {
      let made = make(place)
      condition.locked {
        making -= 1
        condition.tellOthers()
        guard beginning == self.beginning, let index = begun.firstIndex(where: { $0.place == place }) else { return }
        begun[index].made = made
        madeBytes += made.byteCount
      }
    }
  }

  private func forget() { (begun, madeBytes) = ([], 0) }

  /// Nil at the end.
  private func beginNext() -> (Place, beginning: Int)? {
    condition.locked {
      while !isClosed {
        if let place = next, begun.count < ahead, begun.isEmpty || madeBytes <= Self.byteLimit {
          begun.append((place, nil))
          making += 1
          next = following(place)
          return (place, beginning)
        }
        condition.wait()
      }
      return nil
    }
  }

  private func following(_ place: Place) -> Place? { place.following(count: source.count, sequel) }

  private func make(_ place: Place) -> Made {
    do throws(DataFailure) { return .success(try finish(try source.element(place.index, inPass: place.pass))) } catch {
      return .failure(error)
    }
  }
}

extension Result<Element, DataFailure> {
  fileprivate var byteCount: Int { if case .success(let element) = self { element.byteCount } else { 0 } }
}
