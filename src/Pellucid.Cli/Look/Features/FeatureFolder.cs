using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Looking.Features;
using Pellucid.Tensors;

namespace Pellucid.Cli.Look.Features;

/// <summary>A folder of features, and the model and the text that they are of.</summary>
internal sealed class FeatureFolder : IDisposable
{
    public static readonly Argument<string> Folder = new("FOLDER")
    {
        Description = "A folder of features: cfg.json and sae_weights.safetensors, as look features train and SAELens write them",
    };

    public static readonly Option<string?> OfModel = new("--model")
    {
        Description = "The model that they are of; the one that cfg.json names if not given",
    };

    public static readonly Option<string[]> Data = TrainingText.NewData(required: false);

    public static readonly Option<int> Windows = new("--windows")
    {
        Description = "Windows of text that are read at most, of the text's last tenth, which nothing was learned from",
        DefaultValueFactory = _ => 200,
    };

    /// <summary>Several of them, or a folder of such folders.</summary>
    public static readonly Option<string[]> Several = new("--features")
    {
        Description = "Folders of features, as look features train and SAELens write them; or a folder of such folders",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly IReadOnlyList<string>? _sources;
    private readonly ParseResult _words;

    private FeatureFolder(ParseResult words, Subject subject, FeatureDictionary dictionary)
    {
        (_words, Subject, Dictionary) = (words, subject, dictionary);
        _sources = words.GetValue(Data) is { Length: > 0 } given ? given
            : FeatureText.SourcesOf(dictionary.Config);
        Begin = words.GetResult(PromptOptions.BeginOfText) is { Implicit: false } ? subject.Begin
            : FeatureText.BeginOf(dictionary.Config, subject.Specials);
    }

    public Subject Subject { get; }

    public FeatureDictionary Dictionary { get; }

    /// <summary>The token in front of every text: as was asked, else as features were learned.</summary>
    public int? Begin { get; }

    /// <exception cref="ArgumentException">It is not known which model they are of.</exception>
    public static FeatureFolder Load(ParseResult words)
    {
        var folder = words.GetValue(Folder)!;
        var subject = Subject.Load(words.GetValue(OfModel) ?? SaeLensFolder.ModelOf(folder)
            ?? throw new ArgumentException($"{folder} does not say which model it is of: give --model"),
            CommonOptions.CreateBackend(words), words);
        FeatureDictionary? dictionary = null;
        try
        {
            dictionary = SaeLensFolder.Read(folder, subject.Gpt.Backend);
            return new FeatureFolder(words, subject, dictionary);
        }
        catch
        {
            dictionary?.Dispose();
            subject.Dispose();
            throw;
        }
    }

    /// <summary>Each of these, and where one is no folder of features, those in it.</summary>
    public static IEnumerable<string> Expand(IEnumerable<string> folders)
    {
        static bool IsOne(string folder) => File.Exists(Path.Combine(folder, SaeLensFolder.ConfigFile));
        return folders.SelectMany(folder => IsOne(folder) || !Directory.Exists(folder) ? [folder]
            : Directory.EnumerateDirectories(folder).Where(IsOne).Order(StringComparer.Ordinal).DefaultIfEmpty(folder));
    }

    /// <summary>Reads several.</summary>
    public static List<FeatureDictionary> Read(IEnumerable<string> folders, Backend backend)
    {
        var read = new List<FeatureDictionary>();
        try
        {
            foreach (var folder in Expand(folders))
                read.Add(SaeLensFolder.Read(folder, backend));
            return read;
        }
        catch
        {
            foreach (var one in read)
                one.Dispose();
            throw;
        }
    }

    /// <summary>What they were learned from, or what was asked for.</summary>
    public FeatureText Text(Output output, CancellationToken cancellation)
    {
        if (_words.GetValue(Windows) < 1)
            throw new ArgumentException("--windows must be at least 1");
        return new FeatureText(_words, output, Subject, Begin,
            _sources ?? throw new ArgumentException("the folder does not say what text its features were learned from: give --data"),
            Math.Min(Dictionary.Config.Context ?? Subject.Gpt.Context, Subject.Gpt.Context), cancellation);
    }

    public void Dispose()
    {
        Dictionary.Dispose();
        Subject.Dispose();
    }
}
