namespace Pellucid.Generation;

public sealed partial class Scheduler
{
    // Texts that a client has in a step, at most, and a quarter of them while others are there: whoever comes waits for a step of such
    // size, not for all of another's. What a step takes grows with what its texts have read, too: on average they have read no more than
    // this, or there are fewer of them.
    private const int MostTextsOfAClient = 16, TokensOfAText = 512;

    // Bytes of keys and values that the texts of a client take in a step, at most, and a quarter of them while others are there: the
    // system has to find memory that is new, which takes milliseconds a megabyte where a machine is a guest of another. A text that takes
    // more does so alone, and while others are there in every fourth step, if others of its client can go on meanwhile.
    private const long MostBytesOfAClient = 4 << 20;

    // Texts of a client beside which it has all the tokens of prompts that a step may have.
    private const int TextsBesidePrompts = 4;

    // Steps after which a text's place can go to a client that has none, and for which one that has left is expected back.
    private const int StepsOfATurn = 64;

    private readonly List<ScheduledText> _resting = [];
    private readonly Dictionary<string, (int Texts, int Prompts, int Taken)> _prompts = []; // of a client, in a step
    private long _sharedUntil; // a step

    // Places are shared between clients: the next one goes to the client that has the fewest, and where none is free, one that has at
    // least two more than another gives its youngest back; a client that has none takes turns with those that have one. What a text has
    // read that gave its place back is kept, as of any that ends.
    private void Admit()
    {
        while (_waiting.Count > 0)
        {
            var places = _running.CountBy(text => text.Client ?? "").ToDictionary();
            var next = _waiting.MinBy(text => places.GetValueOrDefault(text.Client ?? ""))!; // the first of them that came
            if (_running.Count == _options.MostRunning && !MakeRoomFor(next.Client))
                return;
            _waiting.Remove(next);
            (next.Slot, next.Order) = (_freeSlots.Count > 0 ? _freeSlots.Pop() : _slotsUsed++, _admitted++);
            next.FirstStep = Steps;
            _running.Add(next);
        }
    }

    private bool MakeRoomFor(string? client)
    {
        var most = _running.GroupBy(text => text.Client).MaxBy(texts => texts.Count())!;
        var (held, own) = (most.Count(), _running.Count(text => text.Client == client));
        var hasNone = own == 0 && held == 1; // as everybody else has one
        var leaving = hasNone
            ? _running.Where(text => text.CanStepBack && Steps - text.FirstStep >= StepsOfATurn).MinBy(text => text.Order)
            : held >= own + 2 ? most.Where(text => text.CanStepBack).MaxBy(text => text.Order) : null;
        if (leaving is null)
            return false;
        Vacate(leaving);
        leaving.StepBack();
        _running.Remove(leaving);
        _waiting.Insert(hasNone ? _waiting.Count : 0, leaving); // who has had a turn waits behind those who have not
        return true;
    }

    // A step has a few texts of each client, those that have rested longest: a quarter of them while several clients are there and for a
    // while after, since who asks for one thing after another finds such a step under way. Texts of no client are the program's own,
    // which are alone as many as there are.
    private void LetRest()
    {
        _resting.Clear();
        if (!IsOneClient())
            _sharedUntil = Steps + StepsOfATurn;
        else if (_running.Count == 1 || (_running[0].Client is null && !IsShared))
            return; // nothing is to be shared, and nothing made in a step of one
        var share = IsShared ? 4 : 1;
        var (most, mostBytes) = (MostTextsOfAClient / share, MostBytesOfAClient / share);
        foreach (var texts in _running.Where(text => !_late.Contains(text)).GroupBy(text => text.Client))
        {
            var (count, read, taken) = (0, 0L, 0L);
            var mayTakeMore = Steps % share == 0 || texts.All(text => BytesToTake(text) > 0);
            foreach (var text in texts.OrderBy(text => text.LastStep).ThenBy(text => text.Order))
            {
                var bytes = BytesToTake(text);
                if (count > 0 && (count == most || read + text.Position > most * TokensOfAText)
                    || bytes > 0 && taken + bytes > mostBytes && !(taken == 0 && mayTakeMore))
                    _resting.Add(text);
                else
                    (count, read, taken) = (count + 1, read + text.Position, taken + bytes);
            }
        }
    }

    private bool IsShared => Steps < _sharedUntil;

    private long BytesToTake(ScheduledText text) => _store.BytesToTake(text.Slot, text.Position);

    // Of the tokens of prompts a client has the fewer in a step the more texts it has: one that has many delays others by little, and a
    // prompt that comes alone is read in few steps, in which a row takes the least time.
    private void SharePrompts()
    {
        _prompts.Clear();
        foreach (var text in _running)
        {
            var (texts, prompts, _) = _prompts.GetValueOrDefault(text.Client ?? "");
            var isRead = text.Pending > 1 && !_late.Contains(text) && !_resting.Contains(text);
            _prompts[text.Client ?? ""] = (text.Client is null ? 0 : texts + 1, isRead ? prompts + 1 : prompts, 0);
        }
    }

    private int TokensOfPrompt(ScheduledText text)
    {
        var (texts, prompts, taken) = _prompts[text.Client ?? ""];
        var all = _options.PromptTokensAStep * TextsBesidePrompts / Math.Max(TextsBesidePrompts, texts);
        var tokens = Math.Clamp((all - taken) / prompts, 1, text.Pending);
        _prompts[text.Client ?? ""] = (texts, prompts - 1, taken + tokens);
        return tokens;
    }

    private bool IsOneClient()
    {
        foreach (var text in _running)
            if (text.Client != _running[0].Client)
                return false;
        return true;
    }

    // A client leaves a quarter of the places to wait in to others.
    private bool IsFull(string? client)
    {
        var places = _options.MostWaiting + Math.Max(0, _options.MostRunning - Running);
        return _waiting.Count >= places || client is not null
            && _waiting.Count(text => text.Client == client) >= places - _options.MostWaiting / 4;
    }
}
