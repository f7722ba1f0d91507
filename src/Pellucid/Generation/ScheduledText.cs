using System.Runtime.InteropServices;
using System.Threading.Channels;
using Pellucid.Constraints;
using Pellucid.Tensors;

namespace Pellucid.Generation;

/// <summary>A text that a scheduler reads and writes:
/// what of it lies in the store, what is still to be read, and where its tokens go.</summary>
internal sealed class ScheduledText(GenerationRequest request, int context, CancellationToken cancellation)
{
    private readonly Channel<GeneratedToken> _told =
        Channel.CreateUnbounded<GeneratedToken>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly Sampler _sampler = new(request.Sampling ?? new SamplingOptions(), request.Named, request.Ends);
    private readonly List<int> _tokens = [.. request.Prompt];
    private readonly ConstrainedText? _constrained = request.Constraint?.Begin(request.Vocabulary!);
    private readonly List<int> _drafted = []; // the token to read, and what may follow it
    private int _read, _taken, _written, _keptPages;
    private bool _begun;

    /// <summary>Texts that came before it have smaller numbers.</summary>
    public long Order { get; set; }

    /// <summary>Who asked for it.</summary>
    public string? Client => request.Client;

    /// <summary>The step after which it had a place.</summary>
    public long FirstStep { get; set; }

    /// <summary>The step that last had rows of it.</summary>
    public long LastStep { get; set; }

    /// <summary>Whether its place can be given to another for a while: not while its prompt is being told.</summary>
    public bool CanStepBack => !request.Echo || _written > 0;

    /// <summary>Nothing of it lies in the store any more: it is read again when it has a place again.</summary>
    public void StepBack() => (_read, _keptPages) = (0, 0);

    /// <summary>Where its keys and values lie.</summary>
    public int Slot { get; set; }

    /// <summary>Which row of the step's logits is its first.</summary>
    public int FirstLogitRow { get; set; }

    /// <summary>Tokens as they come.</summary>
    public ChannelReader<GeneratedToken> Told => _told.Reader;

    /// <summary>Whether all is written.</summary>
    public bool HasEnded { get; private set; }

    public bool IsCancelled => cancellation.IsCancellationRequested;

    /// <summary>Tokens that are there and not read yet; one for a text that is being written.</summary>
    public int Pending => _tokens.Count - _read;

    /// <summary>Position of the first of them.</summary>
    public int Position => _read;

    /// <summary>Where a text outgrows the context, its older half is forgotten and the newer half read again: nothing of it lies in the
    /// store then.</summary>
    public bool ForgetIfFull()
    {
        if (_read < context)
            return false;
        _tokens.RemoveRange(0, _read - context / 2);
        (_read, _keptPages) = (0, 0);
        return true;
    }

    /// <summary>Tokens of the prompt that did not have to be read.</summary>
    public int CachedTokens { get; private set; }

    /// <summary>Tokens whose keys and values lie in the store.</summary>
    public ReadOnlySpan<int> Read => CollectionsMarshal.AsSpan(_tokens)[.._read];

    /// <summary>Its first tokens, which need not be read where others have read the same: all but the last one at most, whose logits are
    /// wanted. None where the whole prompt is told.</summary>
    public ReadOnlySpan<int> Sharable =>
        request.Echo ? [] : CollectionsMarshal.AsSpan(_tokens)[..Math.Min(_tokens.Count, context)][..^1];

    /// <summary>How many of them are those of another text.</summary>
    public int SharedWith(ScheduledText other) => Sharable.CommonPrefixLength(CollectionsMarshal.AsSpan(other._tokens));

    /// <summary>Takes so many tokens as read: they lie in the store.</summary>
    public void Skip(int count)
    {
        CachedTokens = _begun ? CachedTokens : Math.Min(count, request.Prompt.Length);
        _read = count;
    }

    /// <summary>Whether pages have become full since they were last taken.</summary>
    public bool HasFullPages => _read / KeyValueStore.TileLength > _keptPages;

    /// <summary>The tokens of all pages that are full.</summary>
    public ReadOnlySpan<int> TakeFullPages()
    {
        _keptPages = _read / KeyValueStore.TileLength;
        return Read[..(_keptPages * KeyValueStore.TileLength)];
    }

    /// <summary>The next tokens to read, so many at most; none lets others go first. Where one is left of a text that is being written,
    /// as many as may be drafted follow it.</summary>
    public ReadOnlySpan<int> Take(int most, int draft = 0)
    {
        _taken = Math.Min(Math.Min(most, Pending), context - _read);
        _begun |= _taken > 0;
        _drafted.Clear();
        Drafts = default;
        var tokens = CollectionsMarshal.AsSpan(_tokens);
        if (draft > 0 && _taken == 1 && Pending == 1 && _written > 0)
            _drafted.AddRange(PromptLookup.Draft(tokens,
                Math.Min(draft, Math.Min(request.MaxTokens - _written - 1, context - _read - 1))));
        if (_drafted.Count == 0)
            return tokens.Slice(_read, _taken);
        Drafts = new(_drafted.Count, 0);
        _drafted.Insert(0, tokens[_read]);
        return CollectionsMarshal.AsSpan(_drafted);
    }

    /// <summary>What was drafted in the last step, and accepted.</summary>
    public DraftCounts Drafts { get; private set; }

    /// <summary>Of how many of the tokens taken logits are wanted: the last ones.</summary>
    public int WantedRows => IsTold ? _taken : _taken == Pending ? Math.Max(1, _drafted.Count) : 0;

    /// <summary>Takes note that the tokens taken were read, with the logits (rows, V) of those that were wanted.</summary>
    public void Advance(ReadOnlySpan<float> logits, int vocabulary, SamplerMemory memory)
    {
        if (_taken == 0)
            return;
        if (request.Echo && _written == 0)
            TellPrompt(logits, vocabulary);
        _read += _taken;
        try
        {
            HasEnded = Pending == 0 && !Write(logits[^(Math.Max(1, _drafted.Count) * vocabulary)..][..vocabulary], memory);
            for (var i = 1; i < _drafted.Count && !HasEnded && _drafted[i] == _tokens[^1]; i++)
            {
                _read++;
                Drafts = Drafts with { Accepted = i };
                HasEnded = !Write(logits[^((_drafted.Count - i) * vocabulary)..][..vocabulary], memory);
            }
        }
        catch (Exception error) when (_constrained is not null)
        {
            // a constraint that cannot be kept to is this text's affair alone
            HasEnded = true;
            End(error);
        }
    }

    /// <summary>Tells that no more comes, and why if it should have.</summary>
    public void End(Exception? error = null) => _told.Writer.TryComplete(error);

    private bool Write(ReadOnlySpan<float> logits, SamplerMemory memory)
    {
        if (_written == request.MaxTokens || _constrained is { IsComplete: true })
            return false;
        var token = _sampler.Choose(logits, _written, CollectionsMarshal.AsSpan(_tokens), memory, _constrained);
        var ends = request.Ends?.Contains(token) == true;
        if (ends && !request.IsRollout)
            return false;
        _written++;
        _tokens.Add(token);
        if (request.IsRollout)
            Untold = token;
        else
            Tell(token, logits);
        _constrained?.Accept(token);
        return !ends && _written < request.MaxTokens && _constrained is not { IsComplete: true };
    }

    /// <summary>A token that was chosen in this step and is told with the log-probability that training computes.</summary>
    public int? Untold { get; private set; }

    /// <summary>Tells it.</summary>
    public void TellUntold(double logProbability)
    {
        _told.Writer.TryWrite(new GeneratedToken(Untold!.Value, logProbability, []));
        Untold = null;
    }

    // Whether the prompt is told with log-probabilities.
    private bool IsTold => request.Echo && request.Alternatives is not null && _written == 0;

    // The logits after a token are about the next one.
    private void TellPrompt(ReadOnlySpan<float> logits, int vocabulary)
    {
        if (_read == 0)
            _told.Writer.TryWrite(new GeneratedToken(_tokens[0], null, []));
        for (var i = 0; i < _taken && _read + i + 1 < _tokens.Count; i++)
            Tell(_tokens[_read + i + 1], IsTold ? logits.Slice(i * vocabulary, vocabulary) : []);
    }

    private void Tell(int token, ReadOnlySpan<float> logits)
    {
        if (request.Alternatives is not { } alternatives)
            _told.Writer.TryWrite(new GeneratedToken(token, null, []));
        else
            _told.Writer.TryWrite(new GeneratedToken(token, LogProbabilities.Of(logits, token),
                LogProbabilities.Top(logits, alternatives)));
    }
}
