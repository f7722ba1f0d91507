using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pellucid.Cli.Terminal;
using Pellucid.Models;
using Pellucid.Tokens;

namespace Pellucid.Cli;

/// <summary><c>pellucid tokenizer</c>.</summary>
internal static class TokenizerCommand
{
    private static readonly Option<string[]> Data = TrainingText.NewData();
    private static readonly Option<int> Size =
        new("--size") { Description = "Tokens in all: 256 bytes, merges, the end of text and other special tokens", Required = true };
    private static readonly Option<string> Out = new("--out") { Description = "Folder of the tokenizer", Required = true };
    private static readonly Option<string> PreTokenizer = new("--pre-tokenizer")
    {
        Description = "How text is cut before merging: " + string.Join(", ", BpeTrainer.PreTokenizers), DefaultValueFactory = _ => "gpt2",
    };
    private static readonly Option<string> Ties = new("--ties")
    {
        Description = "Which of two pairs equally frequent is merged first: "
            + "that of the greater bytes, or that of the smaller numbers, as Hugging Face's "
            + "trainer decides and numbers tokens",
        DefaultValueFactory = _ => "bytes",
    };
    private static readonly Option<string[]> Special = new("--special")
    {
        Description = $"Special tokens beside {BpeTokenizer.EndOfTextName}", AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<string> Source = new("--tokenizer")
    {
        Description = "A tokenizer.json, vocab.json or .tiktoken file, a folder with one, or a model by its name, such as tiny",
        Required = true,
    };
    private static readonly Argument<string> Text =
        new("TEXT") { Description = "Text to cut; - reads standard input", DefaultValueFactory = _ => "-" };
    private static readonly Option<bool> Plain = new("--plain")
    {
        Description = "Take special tokens in the text for ordinary text, as is done with what users write",
    };
    private static readonly Option<bool> Around = new("--around")
    {
        Description = "With the tokens that the tokenizer's file puts before and after a text",
    };
    private static readonly Argument<string[]> Ids = new("IDS")
    {
        Description = "Numbers of tokens; - reads them from standard input", Arity = ArgumentArity.ZeroOrMore,
        DefaultValueFactory = _ => ["-"],
    };
    private static readonly Option<string> Format = new("--to")
    {
        Description = "vocab for vocab.json and merges.txt, json for tokenizer.json, tiktoken for ranks.tiktoken", Required = true,
    };

    public static Command Create()
    {
        var train = new Command("train",
            "Learns byte-level byte pairs from text (Sennrich et al. 2016), cut into words as GPT-2 or another model does. "
                + "The result depends on the text alone.") { Data, TrainingText.TextField, Size, PreTokenizer, Ties, Special, Out }
            .WithExample("pellucid tokenizer train --data micro-world --size 512 --out words");
        train.SetInterruptibleAction(Train);
        var encode = new Command("encode",
            "Cuts a text into tokens. Special tokens are found in it as they are written.") { Source, Text, Plain, Around }
            .WithExample("pellucid tokenizer encode --tokenizer words \"The cat sat.\"");
        encode.SetAction(Encode);
        var decode = new Command("decode", "Puts tokens together to text, byte for byte.") { Source, Ids }
            .WithExample("pellucid tokenizer decode --tokenizer words 84 104 101");
        decode.SetAction(Decode);
        var convert = new Command("convert",
            "Writes a tokenizer in another format; refuses what the format cannot say.") { Source, Format, Out }
            .WithExample("pellucid tokenizer convert --tokenizer words --to tiktoken --out ranks");
        convert.SetAction(Convert);
        return new Command("tokenizer", "Learns, uses and converts tokenizers.") { train, encode, decode, convert, RenderVerb.Create() };
    }

    private static int Train(ParseResult words, CancellationToken cancellation)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var (size, special, folder) = (words.GetValue(Size), words.GetValue(Special)!, words.GetValue(Out)!);
        if (size < BpeTrainer.SmallestVocabulary + special.Length)
            throw new ArgumentException($"--size is {size}; {BpeTrainer.SmallestVocabulary + special.Length} is the least: "
                + $"256 bytes and {special.Length + 1} special tokens");
        if (Tokenizer.Exists(folder))
            throw new IOException($"{folder} already holds a tokenizer; choose another folder or remove it");
        var cutting = words.GetValue(PreTokenizer)!;
        var options = new BpeTrainerOptions(size)
        {
            PreTokenizer = cutting,
            Special = special,
            Threads = words.GetValue(CommonOptions.Threads),
            Order = words.GetValue(Ties) switch
            {
                "bytes" => BpeOrder.Bytes,
                "numbers" => BpeOrder.Numbers,
                var other => throw new ArgumentException($"--ties is '{other}'; it can be bytes or numbers"),
            },
        };
        var lastCut = BpeTrainer.LastCut(cutting); // refuses a name that is not known before anything is read
        var source = TrainingText.Open(words.GetValue(Data)!, words.GetValue(TrainingText.TextField)!);
        var (begun, seconds) = (Stopwatch.GetTimestamp(), 0.0);
        var tokenizer = TokenizerProgress.Show(output, source.Bytes, size - BpeTrainer.SmallestVocabulary - special.Length, report =>
            BpeTrainer.Train(source.Read(lastCut).Select(part => part.Bytes), options, report, cancellation));
        seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        Directory.CreateDirectory(folder);
        tokenizer.Save(folder);
        var trained = new TrainedTokenizer(tokenizer.VocabularySize, tokenizer.Merges.Count, cutting, source.Bytes, seconds,
            source.Bytes / seconds, folder);
        output.Line($"{folder}: {Units.Count(trained.VocabularySize)} tokens, {Units.Count(trained.Merges)} merges, "
            + $"from {Units.Bytes(trained.Bytes)} in {Units.Number(trained.Seconds, 1)} s");
        output.Json(trained, Results.Default.TrainedTokenizer);
        return PellucidCommand.Done;
    }

    private static int Encode(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var tokenizer = TokenizerPath.Load(words.GetValue(Source)!);
        var text = words.GetValue(Text) is "-" ? ReadInput() : Encoding.UTF8.GetBytes(words.GetValue(Text)!);
        var (begun, ids) = (Stopwatch.GetTimestamp(), new List<int>());
        if (words.GetValue(Plain))
            tokenizer.Encode(text, ids);
        else
            tokenizer.EncodeWithSpecialTokens(text, ids);
        var speed = text.Length / Stopwatch.GetElapsedTime(begun).TotalSeconds;
        if (words.GetValue(Around))
            ids = [.. tokenizer.Front, .. ids, .. tokenizer.Back];
        if (!words.GetValue(CommonOptions.Json))
            Console.Out.WriteLine(string.Join(' ', ids));
        output.Json(new EncodedText(tokenizer.VocabularySize, ids,
            [.. ids.Select(token => tokenizer.SpecialName(token) ?? tokenizer.Decode([token]))], speed), Results.Default.EncodedText);
        return PellucidCommand.Done;
    }

    private static int Decode(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var tokenizer = TokenizerPath.Load(words.GetValue(Source)!);
        var numbers = (words.GetValue(Ids)! is ["-"] ? Encoding.UTF8.GetString(ReadInput()) : string.Join(' ', words.GetValue(Ids)!))
            .Split([' ', ',', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries);
        var ids = numbers.Select(number =>
            int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < tokenizer.VocabularySize ? id
                : throw new ArgumentException($"'{number}' is not a token; they are numbers from 0 to {tokenizer.VocabularySize - 1}"))
                .ToArray();
        using var text = new MemoryStream();
        for (var place = 0; place < ids.Length; place++)
            text.Write(tokenizer.SpecialName(ids[place]) is { } name ? Encoding.UTF8.GetBytes(name)
                : place == 0 || tokenizer.SpecialName(ids[place - 1]) is not null ? tokenizer.DecodeWhole([ids[place]])
                : tokenizer.Bytes(ids[place]));
        if (!words.GetValue(CommonOptions.Json))
        {
            using var raw = Console.OpenStandardOutput();
            text.WriteTo(raw);
        }
        output.Json(new DecodedText(Encoding.UTF8.GetString(text.ToArray()), text.Length), Results.Default.DecodedText);
        return PellucidCommand.Done;
    }

    private static int Convert(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var format = words.GetValue(Format) switch
        {
            "vocab" => TokenizerFormat.VocabularyAndMerges,
            "json" => TokenizerFormat.TokenizerJson,
            "tiktoken" => TokenizerFormat.TiktokenRanks,
            var other => throw new ArgumentException($"--to is '{other}'; it can be vocab, json or tiktoken"),
        };
        var (source, folder) = (words.GetValue(Source)!, words.GetValue(Out)!);
        if (TokenizerPath.Load(source) is not BpeTokenizer tokenizer)
            throw new NotSupportedException($"{source} has one token a character, which only its own file can say");
        if (Tokenizer.Exists(folder))
            throw new IOException($"{folder} already holds a tokenizer; choose another folder or remove it");
        Directory.CreateDirectory(folder);
        tokenizer.Save(folder, format);
        var converted = new ConvertedTokenizer(tokenizer.VocabularySize, tokenizer.Merges.Count, folder);
        output.Line($"{folder}: {Units.Count(converted.VocabularySize)} tokens, {Units.Count(converted.Merges)} merges");
        output.Json(converted, Results.Default.ConvertedTokenizer);
        return PellucidCommand.Done;
    }

    private static byte[] ReadInput()
    {
        using var input = Console.OpenStandardInput();
        using var bytes = new MemoryStream();
        input.CopyTo(bytes);
        return bytes.ToArray();
    }
}

/// <summary>How a tokenizer was learned.</summary>
internal sealed record TrainedTokenizer(int VocabularySize, int Merges, string PreTokenizer, long Bytes, double Seconds,
    double BytesPerSecond, string Out);

/// <summary>A text as tokens, by their numbers and by what they stand for.</summary>
internal sealed record EncodedText(int VocabularySize, IReadOnlyList<int> Ids, IReadOnlyList<string> Tokens, double BytesPerSecond);

/// <summary>Tokens as text, and its bytes.</summary>
internal sealed record DecodedText(string Text, long Bytes);

/// <summary>A tokenizer in another format.</summary>
internal sealed record ConvertedTokenizer(int VocabularySize, int Merges, string Out);
