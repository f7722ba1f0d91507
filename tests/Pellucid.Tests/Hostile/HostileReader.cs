using System.Text;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;
using Pellucid.Training;

namespace Pellucid.Tests.Hostile;

/// <summary>A reader of files, whole files for it, and what it does with one.</summary>
/// <param name="Name">What it reads.</param>
/// <param name="FileName">What the damaged file is called.</param>
/// <param name="Factor">Bytes that it may take for each of the file: 2 where numbers are read; more where names become objects.</param>
/// <param name="MakeWhole">Makes whole files, and others that must lie beside them.</param>
/// <param name="Read">Reads a file.</param>
internal sealed record HostileReader(string Name, string FileName, int Factor, Func<string, IReadOnlyList<byte[]>> MakeWhole, Action<string> Read)
{
    private const int OfNumbers = 2, OfNames = 64;

    private static readonly byte[] Text = Encoding.UTF8.GetBytes("The cat's hat: 12 cats, I'll say!\n Zwei Bücher — 三本書 🎉\nThe cat's hat");

    /// <summary>Every reader of the library.</summary>
    public static IReadOnlyList<HostileReader> All { get; } =
    [
        new("safetensors", "model.safetensors", OfNames, folder => Model(folder, "model.safetensors"), path =>
        {
            using var reader = new SafetensorsReader(path);
            foreach (var name in reader.Names)
                if (reader.Type(name) is "F32" or "F16" or "BF16" or "F64")
                    reader.ReadFloat32(name);
        }),
        new("model weights", "model.safetensors", OfNames, folder => Model(folder, "model.safetensors"), LoadModel),
        new("model index", "model.safetensors.index.json", OfNames, Index, LoadModel),
        new("config.json", "config.json", OfNames, folder => Model(folder, "config.json"), LoadModel),
        new("resume state", "resume.safetensors", OfNames, Resume, LoadState),
        new("run log", "log.jsonl", OfNames, _ => ["{\"step\":0,\"train_loss\":3.5,\"val_loss\":3.5,\"lr\":0}\n{\"step\":1,\"train_loss\":3.25,\"lr\":0.001}\n"u8.ToArray()], path => RunLog.GoOn(Path.GetDirectoryName(path)!, 5, out _).Dispose()),
        new("vocab.json", "vocab.json", OfNames, folder => Tokens(folder, TokenizerFormat.VocabularyAndMerges, "vocab.json"), UseTokenizer),
        new("merges.txt", "merges.txt", OfNames, folder => Tokens(folder, TokenizerFormat.VocabularyAndMerges, "merges.txt"), path => UseTokenizer(Path.GetDirectoryName(path)!)),
        new("tokenizer.json", "tokenizer.json", OfNames, folder => Tokens(folder, TokenizerFormat.TokenizerJson, "tokenizer.json"), UseTokenizer),
        new("tiktoken ranks", "ranks.tiktoken", OfNames, folder => Tokens(folder, TokenizerFormat.TiktokenRanks, "ranks.tiktoken"), UseTokenizer),
        new("characters.json", "characters.json", OfNames, folder => Characters(folder), UseTokenizer),
        new("token shard", "tokens.bin", OfNumbers, _ => [.. Shards()], path => ReadShard(path)),
        new("wide token shard", "tokens.u32", OfNumbers, _ => [[.. Enumerable.Range(0, 500).SelectMany(BitConverter.GetBytes)]], path => ReadShard(path)),
        new("text", "text.txt", OfNames, _ => [Text], path => Learn(path)),
        new("JSONL", "text.jsonl", OfNames, _ => ["{\"text\":\"one\\u00e9 two\",\"n\":[1,{\"x\":2}]}\n\n{\"n\":1,\"text\":\"three\\n\"}\n"u8.ToArray()], path => Learn(path)),
    ];

    private static List<byte[]> Model(string folder, string file)
    {
        using var backend = CpuBackend.Create(1);
        var whole = new List<byte[]>();
        foreach (var type in (ReadOnlySpan<ElementType>)[ElementType.Float32, ElementType.BFloat16, ElementType.Float16])
        {
            using var gpt = NewGpt(backend);
            Checkpoint.Save(folder, gpt, type);
            whole.Add(File.ReadAllBytes(Path.Combine(folder, file)));
        }
        return whole;
    }

    private static Gpt NewGpt(Backend backend)
    {
        var gpt = new Gpt(new GptConfig { VocabularySize = 11, Context = 6, Layers = 1, Heads = 2, Width = 4 }, backend);
        gpt.Initialize(1);
        return gpt;
    }

    private static byte[][] Index(string folder)
    {
        Model(folder, "model.safetensors");
        var names = string.Join(',', new SafetensorsReader(Path.Combine(folder, "model.safetensors")).Names.Select(name => $"\"{name}\":\"a.safetensors\""));
        File.Move(Path.Combine(folder, "model.safetensors"), Path.Combine(folder, "a.safetensors"), overwrite: true);
        return [Encoding.UTF8.GetBytes("{\"metadata\":{\"total_size\":1000},\"weight_map\":{" + names + "}}")];
    }

    private static void LoadModel(string path)
    {
        using var backend = CpuBackend.Create(1);
        Checkpoint.Load(Path.GetDirectoryName(path)!, backend).Dispose();
    }

    private static byte[][] Resume(string folder)
    {
        using var backend = CpuBackend.Create(1);
        using var gpt = NewGpt(backend);
        gpt.Parameters.PrepareTraining();
        TrainingState.Save(Path.Combine(folder, "resume.safetensors"), gpt, 7, 2.5);
        return [File.ReadAllBytes(Path.Combine(folder, "resume.safetensors"))];
    }

    private static void LoadState(string path)
    {
        using var backend = CpuBackend.Create(1);
        using var gpt = NewGpt(backend);
        TrainingState.Load(path, gpt);
    }

    private static byte[][] Tokens(string folder, TokenizerFormat format, string file)
    {
        BpeTrainer.Train(Text, 270).Save(folder, format);
        return [File.ReadAllBytes(Path.Combine(folder, file))];
    }

    private static byte[][] Characters(string folder)
    {
        CharacterTokenizer.FromText(Text).Save(folder);
        return [File.ReadAllBytes(Path.Combine(folder, CharacterTokenizer.FileName))];
    }

    private static void UseTokenizer(string path)
    {
        var tokenizer = Tokenizer.Load(path);
        var tokens = new List<int>();
        tokenizer.Encode(Text, tokens);
        if (tokenizer is BpeTokenizer && !tokens.Any(token => tokenizer.SpecialName(token) is not null) && !tokenizer.DecodeBytes([.. tokens]).AsSpan().SequenceEqual(Text))
            throw new InvalidOperationException("a text did not come back whole");
    }

    private static IEnumerable<byte[]> Shards()
    {
        byte[] tokens = [.. Enumerable.Range(0, 400).SelectMany(token => BitConverter.GetBytes((ushort)token))];
        yield return tokens;
        yield return [.. new[] { 20240520, 1, 400 }.Concat(new int[253]).SelectMany(BitConverter.GetBytes), .. tokens];
    }

    private static void ReadShard(string path)
    {
        using var store = TokenStore.Open([path], 65536);
        var tokens = new int[Math.Min(store.Count, 100)];
        store.CopyTo(store.Count - tokens.Length, tokens);
    }

    private static void Learn(string path)
    {
        var source = new TextSource(TextSource.FilesOf(path));
        var tokenizer = BpeTrainer.Train(source.Read(BpeTrainer.LastCut).Select(part => part.Bytes), 262, threads: 1);
        using var store = TokenCache.Encode(source, tokenizer, "", "", threads: 1);
    }
}
