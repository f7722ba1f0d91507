using System.Runtime.InteropServices;
using Pellucid.Constraints;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Generation;

/// <summary>Continues a text token by token, keeping keys and values of what came before.</summary>
public sealed class Generator : IDisposable
{
    private readonly Gpt _gpt;
    private readonly Arena _arena;
    private readonly TokenRows _rows;
    private readonly KeyValueStore _store;
    private readonly GptRun _run;
    private readonly float[] _logits;
    private readonly int _draftTokens;
    private readonly List<int> _text = [];
    private readonly List<int> _draft = []; // read after the last token of the text
    private readonly float[] _draftLogits; // (1 + draft tokens, V) of that token and of them
    private int _draftAccepted;
    private readonly SamplerMemory _memory = new();

    /// <summary>A generator with an empty text.</summary>
    /// <param name="gpt">The model; it stays its owner's.</param>
    /// <param name="keyValueType">How keys and values are stored; with fewer bits than single precision logits change a little.</param>
    /// <param name="draftTokens">Tokens that are drafted at most, and read with the token before them: see
    /// <see cref="SchedulerOptions.DraftTokens"/>.</param>
    public Generator(Gpt gpt, ElementType keyValueType = ElementType.Float32, int draftTokens = 0)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentOutOfRangeException.ThrowIfNegative(draftTokens);
        (_gpt, _draftTokens) = (gpt, draftTokens);
        _arena = new Arena(gpt.Backend);
        _rows = new TokenRows(gpt.Backend);
        _store = gpt.CreateStore(type: keyValueType);
        _run = new GptRun(new Operations(gpt.Backend, _arena)) { Store = _store };
        _logits = new float[gpt.Config.VocabularySize];
        _draftLogits = new float[draftTokens == 0 ? 0 : (1 + draftTokens) * _logits.Length];
    }

    /// <summary>Tokens that the text will have in the end, for models that turn otherwise in long ones (LongRoPE); the context if not
    /// given. Once tokens are read it stays.</summary>
    public int? Length { get => _run.Length; init => _run.Length = value; }

    /// <summary>Positions of the text that lie in the store.</summary>
    public int Position { get; private set; }

    /// <summary>Logits (V) of the token after the last one read.</summary>
    public ReadOnlySpan<float> Logits => _logits;

    /// <summary>Tokens drafted so far, and accepted.</summary>
    public DraftCounts Drafts { get; private set; }

    /// <summary>Log-probability, in nats, that the model gives a token to come next; of a token just yielded, how likely it was.</summary>
    public double LogProbability(int token) => LogProbabilities.Of(_logits, token);

    /// <summary>Begins another text, and keeps what it begins with as the one before does: all but its last token at most, whose logits are
    /// wanted.</summary>
    /// <param name="text">The new text so far.</param>
    /// <returns>How many of its tokens are read already; the others are still to be.</returns>
    public int Begin(ReadOnlySpan<int> text)
    {
        var kept = text.IsEmpty ? 0 : text[..^1].CommonPrefixLength(CollectionsMarshal.AsSpan(_text));
        kept = _store.Holds(0, kept) ? kept : 0; // a window may have left it behind
        if (kept == 0)
            _store.Release(0);
        _text.RemoveRange(kept, _text.Count - kept);
        _draft.Clear();
        return Position = kept;
    }

    /// <summary>
    /// Reads tokens. Where the text outgrows the context, its older half is forgotten and the newer half read again.
    /// </summary>
    public void Read(ReadOnlySpan<int> tokens)
    {
        while (!tokens.IsEmpty)
        {
            if (Position == _gpt.Context)
                ForgetOlderHalf();
            var count = Math.Min(tokens.Length, _gpt.Context - Position);
            Compute(tokens[..count]);
            tokens = tokens[count..];
        }
    }

    /// <summary>Reads the prompt, then yields chosen tokens, up to <paramref name="limit"/> or to one of <paramref name="ends"/>,
    /// which is not yielded.</summary>
    /// <param name="prompt">What is to be read first.</param>
    /// <param name="sampler">Chooses tokens.</param>
    /// <param name="limit">Tokens to yield at most.</param>
    /// <param name="ends">Tokens that end the text.</param>
    /// <param name="constrained">What may be written, if not anything.</param>
    /// <exception cref="ArgumentException">There is neither prompt nor text.</exception>
    public IEnumerable<int> Generate(int[] prompt, Sampler sampler, int limit, IReadOnlyList<int>? ends = null,
        ConstrainedText? constrained = null)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(sampler);
        if (prompt.Length == 0 && Position == 0)
            throw new ArgumentException("there must be something to continue", nameof(prompt));
        return Continue(prompt, sampler, limit, ends ?? [], constrained);
    }

    private IEnumerable<int> Continue(int[] prompt, Sampler sampler, int limit, IReadOnlyList<int> ends, ConstrainedText? constrained)
    {
        Read(prompt);
        for (var step = 0; step < limit && constrained is not { IsComplete: true }; step++)
        {
            var token = sampler.Choose(_logits, step, CollectionsMarshal.AsSpan(_text), _memory, constrained);
            if (ends.Contains(token))
                yield break;
            constrained?.Accept(token);
            yield return token;
            if (step + 1 < limit && _draftTokens == 0)
                Read([token]);
            else if (step + 1 < limit)
                ReadWithDraft(token, Math.Min(_draftTokens, limit - step - 2));
        }
    }

    // Where a token was drafted its logits are there already; else it is read, and what may follow it too.
    private void ReadWithDraft(int token, int most)
    {
        if (_draftAccepted < _draft.Count && _draft[_draftAccepted] == token)
        {
            Take(token, _draftLogits.AsSpan(++_draftAccepted * _logits.Length, _logits.Length));
            Drafts = Drafts with { Accepted = Drafts.Accepted + 1 };
            return;
        }
        if (Position == _gpt.Context)
            ForgetOlderHalf();
        _draft.Clear();
        _draft.AddRange(PromptLookup.Draft([.. _text, token], Math.Min(most, _gpt.Context - Position - 1)));
        (_draftAccepted, Drafts) = (0, Drafts with { Drafted = Drafts.Drafted + _draft.Count });
        _gpt.Backend.Read(Forward([token, .. _draft], all: true), _draftLogits.AsSpan(0, (1 + _draft.Count) * _logits.Length));
        Take(token, _draftLogits.AsSpan(0, _logits.Length));
    }

    private void Take(int token, ReadOnlySpan<float> logits)
    {
        logits.CopyTo(_logits);
        _text.Add(token);
        Position++;
    }

    private void ForgetOlderHalf()
    {
        var kept = _text.GetRange(_text.Count - _gpt.Context / 2, _gpt.Context / 2).ToArray();
        _text.Clear();
        _store.Release(0);
        Position = 0;
        if (kept.Length > 0)
            Compute(kept);
    }

    private void Compute(ReadOnlySpan<int> tokens)
    {
        _draft.Clear();
        _gpt.Backend.Read(Forward(tokens, all: false), _logits);
        Position += tokens.Length;
        _text.AddRange(tokens);
    }

    // Logits of all tokens, or of the last one.
    private Tensor Forward(ReadOnlySpan<int> tokens, bool all)
    {
        _run.Operations.Reset();
        _rows.Clear();
        _rows.Add(tokens, Position);
        _run.LogitRows = all ? null : [tokens.Length - 1];
        return _gpt.Logits(_gpt.Forward(_rows, _run), _run);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _store.Dispose();
        _rows.Dispose();
        _arena.Dispose();
    }
}
