using System.Runtime.CompilerServices;
using System.Text;
using Pellucid.Constraints;
using Pellucid.Conversations;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Generation;

/// <summary>A loaded model, its tokens, and the scheduler through which everybody computes with it.</summary>
public sealed partial class LanguageModel : IAsyncDisposable, IDisposable
{
    private readonly Func<Gpt>? _loadPlain;
    private readonly StateReader _states;
    private readonly SchedulerOptions _options;
    private TokenVocabulary? _vocabulary;
    private Gpt? _plain;
    private Backend? _ownBackend;
    private int _isDisposed;

    /// <summary>Takes over the model: it goes with this.</summary>
    /// <param name="name">What programs call it.</param>
    /// <param name="gpt">The weights.</param>
    /// <param name="tokenizer">Cuts texts.
    /// It may know fewer tokens than the model, which then writes no other, or more, which texts must not need.</param>
    /// <param name="options">How much is taken on at once.</param>
    /// <param name="loadPlain">Loads the weights as they are, for looking inside,
    /// where <paramref name="gpt"/> stores them otherwise.</param>
    /// <param name="specials">Where texts begin and end; what the tokenizer tells by itself if left out.</param>
    public LanguageModel(string name, Gpt gpt, Tokenizer tokenizer, SchedulerOptions? options = null,
        Func<Gpt>? loadPlain = null, SpecialTokens? specials = null)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(tokenizer);
        (Name, Gpt, Tokenizer, _loadPlain) = (name, gpt, tokenizer, loadPlain);
        Specials = specials ?? SpecialTokens.Of(tokenizer);
        AddsBegin = Specials.AddsBegin;
        _options = options ?? new SchedulerOptions();
        if (_options.Context is { } context)
            gpt.Context = context;
        _states = new StateReader(gpt, _options.Adapter);
        Scheduler = new Scheduler(gpt, _options);
    }

    /// <summary>Loads a model.</summary>
    /// <param name="folder">A model folder or a GGUF file; without a tokenizer in it the model has no words for its tokens.</param>
    /// <param name="backend">Where the model will lie; it stays its owner's.</param>
    /// <param name="weights">How weights are stored, if not as they are.</param>
    /// <param name="options">How much is taken on at once.</param>
    /// <param name="name">What programs call it; the name of folder or file if left out.</param>
    /// <param name="adapter">What was learned beside the weights, a folder or a GGUF file: see <see cref="WithAdapter"/>.</param>
    /// <exception cref="InvalidDataException">Files are damaged, or do not fit each other.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static LanguageModel Load(string folder, Backend backend, ElementType? weights = null,
        SchedulerOptions? options = null, string? name = null, string? adapter = null)
    {
        if (adapter is not null)
            return Load(folder, backend, weights, options).TurnedInto(adapter, name);
        var gpt = Checkpoint.Load(folder, backend, weights);
        try
        {
            var tokenizer = CompanionFiles.LoadTokenizer(folder, gpt.Config.VocabularySize);
            var specials = CompanionFiles.LoadSpecials(folder, tokenizer, gpt.Config.VocabularySize);
            name ??= CompanionFiles.NameOf(folder);
            return new LanguageModel(name, gpt, tokenizer, options, () => Checkpoint.Load(folder, backend), specials)
            {
                Chat = CompanionFiles.LoadTemplate(folder),
                Sampling = SamplingDefaults.Read(folder),
            };
        }
        catch
        {
            gpt.Dispose();
            throw;
        }
    }

    /// <summary>What programs call it.</summary>
    public string Name { get; }

    /// <summary>The weights. Whoever computes with them does it inside <see cref="Scheduler.RunAsync{T}"/>.</summary>
    public Gpt Gpt { get; }

    /// <summary>Cuts texts into tokens.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Where texts begin and end.</summary>
    public SpecialTokens Specials { get; }

    /// <summary>Whether a begin token stands before every prompt: as the model's files say, unless one says otherwise.</summary>
    public bool AddsBegin { get; set; }

    /// <summary>How conversations are written for it: <see cref="ChatTemplate.Plain"/> where its makers do not say.</summary>
    public ChatTemplate Chat { get; set; } = ChatTemplate.Plain;

    /// <summary>How tokens are chosen where nobody says otherwise.</summary>
    public SamplingDefaults Sampling { get; set; } = SamplingDefaults.None;

    /// <summary>The token that stands before every prompt, where one does.</summary>
    public int? PromptBegin => AddsBegin ? Specials.Begin : null;

    /// <summary>Lets one job at a time onto the engine.</summary>
    public Scheduler Scheduler { get; }

    /// <summary>The weights as looking inside needs them, an adapter worked into them; made when first asked for, where that is not
    /// <see cref="Gpt"/> itself.
    /// Used, too, inside <see cref="Scheduler.RunAsync{T}"/>.</summary>
    /// <exception cref="NotSupportedException">They cannot be had.</exception>
    public Gpt PlainGpt => _plain ??= (Adapter is { } adapter ? AdapterMerge.Merge(Gpt, adapter)
        : Gpt.Parameters.WeightType is ElementType.Float32 or ElementType.Float64 ? Gpt
        : _loadPlain?.Invoke() ?? throw new NotSupportedException($"looking inside needs plain weights, not {Gpt.Parameters.WeightType}"))
        .ForTextsOf(Gpt);

    /// <summary>Constraints that were asked for lately.</summary>
    public ConstraintCache Constraints { get; } = new();

    /// <summary>The tokens as constraints see them; read when first asked for.</summary>
    public TokenVocabulary Vocabulary => LazyInitializer.EnsureInitialized(ref _vocabulary, () => new TokenVocabulary(Tokenizer));

    /// <summary>Tokens to begin with: those of a text, after the begin token where <see cref="AddsBegin"/>;
    /// of an empty one the begin token alone.</summary>
    /// <exception cref="ArgumentException">There is no such token, or the text holds what no token stands for.</exception>
    public int[] Encode(string text) => Specials.Prompt(Tokenizer, text, AddsBegin);

    /// <summary>Writes a text piece by piece, up to one of the model's own ends, a stop string,
    /// or as many tokens as were asked for.</summary>
    /// <exception cref="ArgumentException">The request makes no sense.</exception>
    /// <exception cref="QueueFullException">As many texts wait as may wait; thrown at once.</exception>
    public IAsyncEnumerable<TextPiece> WriteAsync(GenerationRequest request, IEnumerable<string>? stops = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        var stop = new StopStrings(stops ?? []);
        request = request with
        {
            Ends = request.Ends ?? (request.Reader is null ? Specials.Ends : AnswerEnds),
            Named = Tokenizer.VocabularySize,
            Vocabulary = request.Constraint is null ? null : Vocabulary,
            Sampling = request.Sampling ?? Sampling.Options(),
        };
        return Pieces(Scheduler.GenerateAsync(request, cancellation), stop, request, cancellation);
    }

    /// <summary>What a text means to the model, as a vector (C) of length 1:
    /// the mean, over its tokens, of what the output table reads (<c>ln_final</c>).</summary>
    /// <exception cref="ArgumentException">There are no tokens, or more than fit the context.</exception>
    public Task<float[]> EmbedAsync(int[] tokens, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        if (tokens.Length == 0 || tokens.Length > Gpt.Context)
            throw new ArgumentException(tokens.Length == 0 ? "there is nothing to embed"
                : $"a text of {tokens.Length} tokens does not fit the context of {Gpt.Context}");
        return Scheduler.RunAsync(() => _states.Mean(tokens), cancellation);
    }

    private async IAsyncEnumerable<TextPiece> Pieces(GeneratedTokens tokens, StopStrings stop, GenerationRequest request,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (decoder, told, reader) = (Encoding.UTF8.GetDecoder(), 0, request.Reader?.Invoke());
        string Text(ReadOnlySpan<byte> bytes, bool isLast)
        {
            var characters = new char[decoder.GetCharCount(bytes, isLast)];
            decoder.GetChars(bytes, characters, isLast);
            return new string(characters);
        }

        var prompt = request.Echo ? request.Prompt.Length : 0; // stop strings are looked for only in what is written
        await foreach (var token in tokens.WithCancellation(cancellation))
        {
            var bytes = Tokenizer.BytesOrName(token.Token);
            var text = Text(++told <= prompt ? bytes : stop.Pass(bytes), isLast: false);
            if (reader is not null && bytes.IsEmpty && Tokenizer.SpecialName(token.Token) is { } name && Chat.Format.Mentions(name))
                text += Text(stop.Rest(), isLast: false) + name;
            reader?.Read(text);
            yield return reader is null ? new TextPiece(text, token, null)
                : new TextPiece(reader.TakeText(), token, null) { Thought = reader.TakeThought(), Calls = reader.TakeCalls() };
            if (stop.Found)
                break;
        }
        var finish = stop.Found ? FinishReason.StopString : told - prompt < request.MaxTokens ? FinishReason.Stop : FinishReason.Length;
        var rest = Text(stop.Rest(), isLast: true);
        if (reader is null)
        {
            yield return new TextPiece(rest, null, finish, tokens.CachedTokens);
            yield break;
        }
        reader.Read(rest);
        reader.End();
        finish = reader.IsBroken ? FinishReason.BrokenCall : reader.Count > 0 ? FinishReason.ToolCalls : finish;
        yield return new TextPiece(reader.TakeText(), null, finish, tokens.CachedTokens)
        {
            Thought = reader.TakeThought(),
            Calls = reader.TakeCalls(),
        };
    }

    /// <summary>Waits for what runs and gives the memory back; whatever is asked of the model afterwards is refused.
    /// May be called twice.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        await DisposeBesideAsync();
        await Scheduler.DisposeAsync();
        _states.Dispose();
        _plain?.Dispose();
        Adapter?.Dispose();
        if (_below is null)
            Gpt.Dispose();
        else
            await LeaveBelowAsync(_below);
        _ownBackend?.Dispose();
    }

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();
}
