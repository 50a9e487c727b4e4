#include "jobs.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <unordered_set>

#include "machine/allowed_cpus.h"

namespace rooftile::binding {
namespace {

struct Environment;

struct Job {
  Job(Napi::Env env, Environment* owner) : owner(owner), deferred(Napi::Promise::Deferred::New(env)) {}
  Environment* owner;
  Napi::Promise::Deferred deferred;
  std::vector<Napi::ObjectReference> keep;
  std::function<bool(const std::atomic<bool>&)> work;
  MakeResult make_result;
  // Shared with the JavaScript object's cancel(), which may outlive the job.
  std::shared_ptr<std::atomic<bool>> cancel = std::make_shared<std::atomic<bool>>(false);
  bool complete = false;
  std::string error;
};

void settle(Napi::Env env, Napi::Function, std::nullptr_t*, Job* job);
using Wake = Napi::TypedThreadSafeFunction<std::nullptr_t, Job, settle>;

/** One for each JavaScript environment; lives from its initialisation until its end. */
struct Environment {
  Wake wake;
  std::unordered_set<Job*> jobs;  // started, not yet settled; used on the JavaScript thread alone
  int unfinished = 0;             // queued or running; guarded by the queue's mutex
};

/** Threads of the process that run jobs, in order of arrival. Kernels spread their parts over the pool
 * themselves. */
class Queue {
 public:
  static Queue& instance() {
    static Queue* queue = new Queue;  // never destroyed: its threads may outlive the exit handlers
    return *queue;
  }

  void push(Job* job) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (threads_ < allowed_cpus()) {
      try {
        std::thread([this] { serve(); }).detach();
        ++threads_;
      } catch (const std::system_error&) {
        if (threads_ == 0) throw;  // else those that there are will do
      }
    }
    queue_.push_back(job);
    ++job->owner->unfinished;
    arrived_.notify_one();
  }

  /** Cancels the environment's jobs and waits until none of them touches its memory. */
  void drain(Environment& environment) {
    std::unique_lock<std::mutex> lock(mutex_);
    for (Job* job : environment.jobs) job->cancel->store(true);
    // Those that haven't started needn't wait for other environments' work.
    environment.unfinished -=
        static_cast<int>(std::erase_if(queue_, [&](const Job* job) { return job->owner == &environment; }));
    finished_.wait(lock, [&] { return environment.unfinished == 0; });
  }

 private:
  void serve() {
    for (;;) {
      Job* job;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        arrived_.wait(lock, [&] { return !queue_.empty(); });
        job = queue_.front();
        queue_.pop_front();
      }
      try {
        job->complete = !job->cancel->load() && job->work(*job->cancel);
      } catch (const std::bad_alloc&) {
        job->error = "not enough memory";
      } catch (const std::exception& error) {
        job->error = error.what();
      }
      // Under the lock, so that the environment can't end between the call and the count. The job may be
      // settled and deleted as soon as the call is made.
      const std::lock_guard<std::mutex> lock(mutex_);
      Environment* owner = job->owner;
      owner->wake.NonBlockingCall(job);
      --owner->unfinished;
      finished_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable arrived_, finished_;
  std::deque<Job*> queue_;
  int threads_ = 0;
};

void settle(Napi::Env env, Napi::Function, std::nullptr_t*, Job* job) {
  if (env == nullptr) return;  // the environment is ending: its hook has taken the jobs
  const Napi::HandleScope scope(env);
  const std::unique_ptr<Job> owned(job);
  Environment* environment = job->owner;
  environment->jobs.erase(job);
  if (environment->jobs.empty()) environment->wake.Unref(env);
  if (job->complete) {
    try {
      job->deferred.Resolve(job->make_result ? job->make_result(env) : env.Undefined());
    } catch (const Napi::Error& error) {
      job->deferred.Reject(error.Value());
    }
    return;
  }
  Napi::Error error = Napi::Error::New(env, job->error.empty() ? "The operation was aborted" : job->error);
  error.Set("code", job->error.empty() ? "ABORT_ERR" : "ROOFTILE_JOB_FAILED");
  if (job->error.empty()) error.Set("name", "AbortError");
  job->deferred.Reject(error.Value());
}

// The cleanup hook deletes the environment, after the jobs have ended.
void leave_to_hook(Napi::Env, Environment*) {}

}  // namespace

void initialise_jobs(Napi::Env env) {
  auto* environment = new Environment;
  environment->wake = Wake::New(env, "rooftile jobs", 0, 1);
  environment->wake.Unref(env);
  env.SetInstanceData<Environment, leave_to_hook>(environment);
  // Hooks run last in, first out: this one before the thread-safe function's own.
  env.AddCleanupHook(
      [](Environment* ending) {
        Queue::instance().drain(*ending);
        for (Job* job : ending->jobs) delete job;
        ending->wake.Abort();
        delete ending;
      },
      environment);
}

Napi::Object start_job(Napi::Env env, std::vector<Napi::Object> keep,
                       std::function<bool(const std::atomic<bool>& cancel)> work, MakeResult make_result,
                       std::shared_ptr<const std::atomic<std::int64_t>> progress) {
  auto* environment = env.GetInstanceData<Environment>();
  auto job = std::make_unique<Job>(env, environment);
  for (const Napi::Object& object : keep) job->keep.push_back(Napi::Persistent(object));
  job->work = std::move(work);
  job->make_result = std::move(make_result);

  Napi::Object handle = Napi::Object::New(env);
  handle.Set("promise", job->deferred.Promise());
  handle.Set("cancel", Napi::Function::New(
                           env, [cancel = job->cancel](const Napi::CallbackInfo&) { cancel->store(true); }));
  if (progress != nullptr) {
    handle.Set("progress",
               Napi::Function::New(env, [progress](const Napi::CallbackInfo& info) -> Napi::Value {
                 return Napi::Number::New(info.Env(), static_cast<double>(progress->load()));
               }));
  }
  Queue::instance().push(job.get());  // if it throws, the job is still ours
  if (environment->jobs.empty()) environment->wake.Ref(env);
  environment->jobs.insert(job.release());
  return handle;
}

}  // namespace rooftile::binding
