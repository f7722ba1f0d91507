using Pellucid.Distributed;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;

namespace Pellucid.Training;

/// <summary>
/// Training of a model on files, from the text to the folder: it is saved as it goes on, and opened again it goes on where it stopped,
/// to the same bytes as if it had never. What it leaves is a model folder.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    private readonly Backend _backend;
    private readonly Gpt _gpt;
    private readonly TokenStore _tokens;
    private readonly Trainer _trainer;
    private readonly RunLock _held;
    private readonly TrainingFolder _folder;
    private readonly string? _told;
    private readonly int _steps;

    private TrainingRun(Backend backend, Gpt gpt, TokenStore tokens, Trainer trainer, RunLock held, TrainingFolder folder, string? told,
        int steps) => (_backend, _gpt, _tokens, _trainer, _held, _folder, _told, _steps)
        = (backend, gpt, tokens, trainer, held, folder, told, steps);

    /// <summary>Begins a run in a folder, or takes up the one that is there.</summary>
    /// <param name="folder">Made if need be.</param>
    /// <param name="text">A text file, a JSONL file, or a folder of both. Nine tenths are for training, the end for validation.</param>
    /// <param name="shape">The model's shape; the size of its vocabulary follows from the tokenizer.</param>
    /// <param name="options">How it is trained; the same when it goes on, but for more steps.</param>
    /// <param name="tokenizer">What cuts the text; a token for each character of it if left out.</param>
    /// <param name="threads">Threads that compute; 0 for all cores. The weights do not depend on it.</param>
    /// <param name="replicas">
    /// Those who train together; all of them open the same folder, which the first writes to. The weights do not depend on their number.
    /// </param>
    /// <exception cref="ArgumentException">The options make no sense, or are not those that the run was begun with.</exception>
    /// <exception cref="InvalidDataException">The text cannot be read, is too short, or is not the one that the run began with.</exception>
    /// <exception cref="IOException">The folder holds a model that no such run made, or another run is going on there.</exception>
    public static TrainingRun Open(string folder, string text, GptConfig shape, TrainingOptions options, Tokenizer? tokenizer = null,
        int threads = 0, Replicas? replicas = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        replicas ??= Replicas.One;
        var source = new TextSource(TextSource.FilesOf(text));
        RunLock.RequireNone(folder);
        var goesOn = TrainingFolder.CanResume(folder);
        if (!goesOn && TrainingFolder.TakenBy(folder) is { } taken)
            throw new IOException($"{folder} already holds {taken}, and no run that could go on");
        tokenizer = goesOn ? Tokenizer.Load(folder) : tokenizer ?? Characters(source);
        var record = new RunOptions(options, shape with { VocabularySize = tokenizer.VocabularySize }, source.Fingerprint());
        if (goesOn)
            record.RequireSame(folder);
        var parts = new Stack<IDisposable>();
        TPart Own<TPart>(TPart part) where TPart : IDisposable
        {
            parts.Push(part);
            return part;
        }
        try
        {
            var specials = SpecialTokens.Of(tokenizer);
            var backend = Own(CpuBackend.Create(threads));
            var gpt = Own(goesOn ? Checkpoint.Load(folder, backend) : new Gpt(record.Shape, backend));
            if (!goesOn)
                gpt.Initialize(options.Seed);
            var tokens = Own(new TokenStore(
                [.. DocumentTokens.Of(source, tokenizer, specials.Separator, threads).SelectMany(part => part)]));
            var trainer = Own(new Trainer(gpt, Stream(tokens, text, shape, options), options, replicas));
            Agreement.Require(replicas, ("the run", record.Told), ("instructions", backend.Instructions.ToString()),
                ("what they resume", goesOn ? "a run" : "nothing"));
            var held = Own(RunLock.Take(folder, begins: !goesOn, replicas));
            if (replicas.Rank == 0)
                record.Write(folder);
            var kept = Own(goesOn ? TrainingFolder.Resume(folder, gpt, specials, trainer, options.SaveEvery, replicas)
                : TrainingFolder.Begin(folder, gpt, specials, tokenizer.Save, options.SaveEvery, replicas));
            return new TrainingRun(backend, gpt, tokens, trainer, held, kept, replicas.Rank == 0 ? folder : null, options.Steps);
        }
        catch
        {
            while (parts.TryPop(out var part))
                part.Dispose();
            throw;
        }
    }

    /// <summary>Updates done.</summary>
    public int Step => _trainer.Step;

    /// <summary>Smallest validation loss so far.</summary>
    public double BestValidationLoss => _trainer.BestValidationLoss;

    /// <summary>Trains up to the last step, and saves. A run that is done already does nothing.</summary>
    /// <param name="report">Told of every step, and of the untrained model as step 0.</param>
    /// <param name="cancellation">Stops between two steps, after what is done was saved.</param>
    /// <exception cref="OperationCanceledException">It was stopped; opened again, the run goes on.</exception>
    /// <exception cref="TrainingDivergedException">Loss or gradients are no longer numbers; what was saved before stays.</exception>
    public void Train(Action<TrainingReport>? report = null, CancellationToken cancellation = default)
    {
        using var standing = new StandingRun(_told, "train", _steps, Step > 0 ? Step : null);
        try
        {
            _trainer.Run(step =>
            {
                _folder.Report(step);
                report?.Invoke(step);
            }, cancellation);
            standing.End(RunEnd.Done);
        }
        catch (OperationCanceledException)
        {
            _folder.Save();
            standing.End(RunEnd.Interrupted);
            throw;
        }
        catch (TrainingDivergedException)
        {
            standing.End(RunEnd.Diverged);
            throw;
        }
    }

    /// <summary>Gives the memory back; the folder stays.</summary>
    public void Dispose()
    {
        _folder.Dispose();
        _held.Dispose();
        _trainer.Dispose();
        _tokens.Dispose();
        _gpt.Dispose();
        _backend.Dispose();
    }

    private static CharacterTokenizer Characters(TextSource source)
    {
        var found = new HashSet<System.Text.Rune>();
        foreach (var part in source.Read(CharacterTokenizer.LastCharacter))
            CharacterTokenizer.Collect(part.Bytes.Span, found);
        return new CharacterTokenizer(found, source.HasDocuments);
    }

    private static TokenStream Stream(TokenStore tokens, string text, GptConfig shape, TrainingOptions options)
    {
        try
        {
            return new TokenStream(tokens, options.SequenceLength > 0 ? options.SequenceLength : shape.Context);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{text}: {error.Message}", error);
        }
    }
}
