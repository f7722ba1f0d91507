using System.Text;
using Pellucid.Evaluation;
using Pellucid.Generation;
using Pellucid.Looking;
using Pellucid.Looking.Features;
using Pellucid.Models;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;
using Pellucid.Training;
using Pellucid.Words;
using Pellucid.Tests.Models.Weights.Gguf;

namespace Pellucid.Tests.Hostile;

/// <summary>A reader of files, whole files for it, and what it does with one.</summary>
/// <param name="Name">What it reads.</param>
/// <param name="FileName">What the damaged file is called.</param>
/// <param name="Factor">
/// Bytes that it may allocate in all for each of the file: 2 where it reads numbers or passes text on; more where the
/// shortest entries become objects, which no reader of them can do without.
/// </param>
/// <param name="MakeWhole">Makes whole files, and others that must lie beside them.</param>
/// <param name="MakeLarge">Makes a large file of the shortest entries that cost most.</param>
/// <param name="Read">Reads a file.</param>
internal sealed record HostileReader(string Name, string FileName, int Factor, Func<string, IReadOnlyList<byte[]>> MakeWhole,
    Func<string, byte[]> MakeLarge, Action<string> Read)
{
    /// <summary>Bytes that it may allocate besides: buffers, tables of fixed size, messages, and files beside that one.</summary>
    public long FixedBytes { get; init; } = 200_000;

    // What a tokenizer remembers of pieces that it has cut, which is a table of fixed size.
    private const long OfPieces = 1_400_000;

    // Tables of normal forms, read once.
    private const long OfUnicode = 4_000_000;

    private static readonly byte[] Text = Encoding.UTF8.GetBytes(
        "The cat's hat: 12 cats, I'll say!\n Zwei Bücher — 三本書 🎉\nThe cat's hat");

    private static readonly byte[] Settings = Encoding.UTF8.GetBytes("""
        {"add_bos_token":true,"add_prefix_space":false,"bos_token":"<s>","eos_token":{"__type":"AddedToken","content":"</s>"},
        "tokenizer_class":"GPT2Tokenizer"}
        """);

    /// <summary>Every reader of the library.</summary>
    public static IReadOnlyList<HostileReader> All { get; } =
    [
        new("safetensors", "model.safetensors", 5, folder => Model(folder, "model.safetensors"), _ => LargeFile.Safetensors(), path =>
        {
            using var reader = new SafetensorsReader(path);
            foreach (var name in reader.Names)
                if (reader.Type(name) is "F32" or "F16" or "BF16" or "F64")
                    reader.ReadFloat32(name);
        }),
        new("model weights", "model.safetensors", 5, folder => Model(folder, "model.safetensors"), _ => LargeFile.Safetensors(), LoadModel),
        new("model index", "model.safetensors.index.json", 2, Index,
            folder => LargeFile.Index(new SafetensorsReader(Path.Combine(folder, "a.safetensors")).Names), LoadModel),
        new("config.json", "config.json", 2, folder => Model(folder, "config.json"),
            folder => LargeFile.Config(File.ReadAllText(Path.Combine(folder, "config.json"))), LoadModel),
        new("config.json of other families", "config.json", 2, HostileFamilies.Configs,
            folder => LargeFile.Config(File.ReadAllText(Path.Combine(folder, "config.json"))), HostileFamilies.ReadConfig),
        new("fused weights", "model.safetensors", 10, HostileFamilies.Fused, _ => LargeFile.Safetensors(), HostileFamilies.LoadModel)
            { FixedBytes = HostileFamilies.OfModels },
        new("weights in four bits", "model.safetensors", 10, HostileFamilies.FourBits, _ => LargeFile.Safetensors(),
            HostileFamilies.LoadModel) { FixedBytes = HostileFamilies.OfModels },
        new("sampling", "generation_config.json", 4,
            _ => ["""{"do_sample":true,"temperature":0.6,"top_k":20,"top_p":0.9,"min_p":0,"num_beams":1,"eos_token_id":[2]}"""u8.ToArray()],
            _ => LargeFile.Repeat("1,", "{\"eos_token_id\":["), path => SamplingDefaults.Read(Path.GetDirectoryName(path)!)),
        new("resume state", "resume.safetensors", 5, Resume, _ => LargeFile.Safetensors(), LoadState),
        new("run log", "log.jsonl", 10,
            _ => ["{\"step\":0,\"train_loss\":3.5,\"val_loss\":3.5,\"lr\":0}\n{\"step\":1,\"train_loss\":3.25,\"lr\":0.001}\n"u8.ToArray()],
            _ => LargeFile.Repeat("{\"step\":1,\"train_loss\":1}\n"),
            path => RunLog.Resume(Path.GetDirectoryName(path)!, 5, out _).Dispose()),
        new("vocab.json", "vocab.json", 16, folder => Tokens(folder, TokenizerFormat.VocabularyAndMerges, "vocab.json"),
            folder => LargeFile.Tokens(folder, TokenizerFormat.VocabularyAndMerges, "vocab.json"), UseTokenizer) { FixedBytes = OfPieces },
        new("merges.txt", "merges.txt", 16, folder => Tokens(folder, TokenizerFormat.VocabularyAndMerges, "merges.txt"),
            folder => LargeFile.Tokens(folder, TokenizerFormat.VocabularyAndMerges, "merges.txt"),
            path => UseTokenizer(Path.GetDirectoryName(path)!)) { FixedBytes = OfPieces },
        new("tokenizer.json", "tokenizer.json", 16, folder => Tokens(folder, TokenizerFormat.TokenizerJson, "tokenizer.json"),
            folder => LargeFile.Tokens(folder, TokenizerFormat.TokenizerJson, "tokenizer.json"), UseTokenizer) { FixedBytes = OfPieces },
        new("tokenizer.json of other models", "tokenizer.json", 16, OtherTokenizers,
            folder => LargeFile.Characters(OtherTokenizers(folder)[0]), UseTokenizer)
            { FixedBytes = OfPieces + OfUnicode },
        new("tiktoken ranks", "ranks.tiktoken", 24, folder => Tokens(folder, TokenizerFormat.TiktokenRanks, "ranks.tiktoken"),
            folder => LargeFile.Tokens(folder, TokenizerFormat.TiktokenRanks, "ranks.tiktoken"), UseTokenizer) { FixedBytes = OfPieces },
        new("characters.json", "characters.json", 12, Characters, _ => LargeFile.Characters(), UseTokenizer),
        new("token ids", "generation_config.json", 4,
            _ => ["{\"bos_token_id\":1,\"eos_token_id\":[2,3],\"pad_token_id\":null,\"temperature\":0.6}"u8.ToArray()],
            _ => LargeFile.Repeat("1,", "{\"eos_token_id\":["), path => TokenIdFields.Read(path, 11)),
        new("tokenizer_config.json", "tokenizer_config.json", 4, _ => [Settings], _ => LargeFile.Repeat("\"a\":1,", "{"),
            path => TokenizerSettings.Read(Path.GetDirectoryName(path)!)),
        new("token shard", "tokens.bin", 2, _ => [.. Shards()], _ => new byte[LargeFile.Bytes], ReadShard),
        new("wide token shard", "tokens.u32", 2, _ => [[.. Enumerable.Range(0, 500).SelectMany(BitConverter.GetBytes)]],
            _ => new byte[LargeFile.Bytes], ReadShard),
        new("text", "text.txt", 2, _ => [Text], _ => LargeFile.Repeat("a"), Pass),
        new("JSONL", "text.jsonl", 8,
            _ => ["{\"text\":\"one\\u00e9 two\",\"n\":[1,{\"x\":2}]}\n\n{\"n\":1,\"text\":\"three\\n\"}\n"u8.ToArray()],
            _ => LargeFile.Repeat("{\"text\":\"\"}\n"), Pass) { FixedBytes = 400_000 },
        new("text to learn from", "text.txt", 128, _ => [Text], _ => LargeFile.Repeat("a"), Learn) { FixedBytes = OfPieces },
        new("word vectors", "vectors.bin", 10, Vectors, _ => LargeFile.Vectors(), path => VectorFile.Read(path)),
        new("word counts", "words.txt", 40, _ => ["the 20\ncat 3\nsat 2\n"u8.ToArray()], _ => LargeFile.Numbered("{0:x} 1\n"),
            path => Vocabulary.Read(path)),
        new("analogies", "questions.txt", 100, _ => [": capitals\nA b C d\n: gram1\na b c d\n"u8.ToArray()],
            _ => LargeFile.Repeat("a b c d\n", ": x\n"), path => AnalogyCategory.Read(path)),
        new("cloze questions", "cloze.txt", 100, _ => ["# x\nThe cat\\n\tsat\tlay\nA dog\tran\n"u8.ToArray()],
            _ => LargeFile.Repeat("a\tb\n"), path => ClozeFile.Read(path)),
        new("chat template", "chat_template.jinja", 150, _ => HostileTemplates.Whole, _ => LargeFile.Repeat("{{a}}"),
            HostileTemplates.Render) { FixedBytes = HostileTemplates.OfRendering },
        new("settings of a chat template", "tokenizer_config.json", 20, _ => HostileTemplates.Settings,
            _ => LargeFile.Repeat("\"a_token\":\"\",", "{\"chat_template\":\"a\","), HostileTemplates.Load)
            {
                FixedBytes = HostileTemplates.OfRendering
            },
        new("GGUF", "model.gguf", 12, Ggufs, _ => LargeFile.Gguf(), ReadGguf) { FixedBytes = 500_000 },
        new("features", "cfg.json", 4, folder => Features(folder, "cfg.json"),
            folder => LargeFile.Config(File.ReadAllText(Path.Combine(folder, "cfg.json"))), LoadFeatures),
        new("weights of features", "sae_weights.safetensors", 5, folder => Features(folder, "sae_weights.safetensors"),
            _ => LargeFile.Safetensors(), LoadFeatures),
        new("TikZ", "drawing.tex", 400, _ => HostileDrawings.Whole, _ => LargeFile.Repeat(@"\path(0,0);"), HostileDrawings.Read)
            { FixedBytes = HostileDrawings.OfDrawing },
        new("circuit", "circuit.json", 10, Circuits, folder => LargeFile.Repeat("{\"layer\":0,\"head\":0,\"role\":\"S2\",\"class\":\"\"},",
            "{\"layers\":2,\"heads\":2,\"edges\":[],\"nodes\":["), path => Circuit.Load(path)),
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

    private static Gpt Unset(Backend backend) =>
        new(new GptConfig { VocabularySize = 11, Context = 6, Layers = 1, Heads = 2, Width = 4 }, backend);

    private static Gpt NewGpt(Backend backend)
    {
        var gpt = Unset(backend);
        gpt.Initialize(1);
        return gpt;
    }

    private static byte[][] Index(string folder)
    {
        Model(folder, "model.safetensors");
        var names = string.Join(',',
            new SafetensorsReader(Path.Combine(folder, "model.safetensors")).Names.Select(name => $"\"{name}\":\"a.safetensors\""));
        File.Move(Path.Combine(folder, "model.safetensors"), Path.Combine(folder, "a.safetensors"), overwrite: true);
        return [Encoding.UTF8.GetBytes("{\"metadata\":{\"total_size\":1000},\"weight_map\":{" + names + "}}")];
    }

    private static void LoadModel(string path)
    {
        using var backend = CpuBackend.Create(1);
        Checkpoint.Load(Path.GetDirectoryName(path)!, backend).Dispose();
    }

    private static byte[][] Features(string folder, string file)
    {
        using var backend = CpuBackend.Create(1);
        using var dictionary = new FeatureDictionary(new FeatureConfig
        {
            Architecture = FeatureArchitecture.JumpRelu, Width = 4, Features = 6, Reads = new FeaturePlace(Activation.ResidPost, 0),
            Model = "model", Data = "text.txt", Context = 6,
        }, backend);
        SaeLensFolder.Write(folder, dictionary);
        return [File.ReadAllBytes(Path.Combine(folder, file))];
    }

    private static void LoadFeatures(string path)
    {
        using var backend = CpuBackend.Create(1);
        SaeLensFolder.Read(Path.GetDirectoryName(path)!, backend).Dispose();
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
        using var gpt = Unset(backend);
        TrainingState.Load(path, gpt);
    }

    private static byte[][] Tokens(string folder, TokenizerFormat format, string file)
    {
        BpeTrainer.Train(Text, 270).Save(folder, format);
        return [File.ReadAllBytes(Path.Combine(folder, file))];
    }

    // What files of other models hold: every part that is understood, in one of three small files.
    private static byte[][] OtherTokenizers(string folder)
    {
        var bytes = string.Join(',', Enumerable.Range(0, 256).Select(value => $"\"<0x{value:X2}>\":{value + 12}"));
        var byteLevel = Encoding.UTF8.GetString(Tokens(folder, TokenizerFormat.TokenizerJson, "tokenizer.json")[0]);
        var start = byteLevel.IndexOf("\"pre_tokenizer\"", StringComparison.Ordinal);
        var end = byteLevel.IndexOf("\"post_processor\"", StringComparison.Ordinal);
        byte[] Cut(string normalizer, string splits) => Encoding.UTF8.GetBytes(byteLevel[..start]
            .Replace("\"normalizer\": null", $"\"normalizer\":{normalizer}", StringComparison.Ordinal)
            + "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[" + splits
            + ",{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"use_regex\":false}]}," + byteLevel[end..]);
        return
        [
            Encoding.UTF8.GetBytes(OfCharacters.Replace("BYTES", bytes, StringComparison.Ordinal)),
            Cut("""{"type":"NFC"}""",
                """{"type":"Split",""" +
                    """ "pattern":{"Regex":"[^\\r\\n\\p{L}]?\\p{L}+(?i:'s)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"},"""
                    + """ "behavior":"Isolated","invert":false}"""),
            Cut(
                """{"type":"Sequence","normalizers":[{"type":"Lowercase"},{"type":"NFKD"},{"type":"Strip","strip_left":true,""" +
                    """ "strip_right":true}]}""",
                """{"type":"Digits","individual_digits":false},{"type":"Split","pattern":{"String":" "},"behavior":"Contiguous",""" +
                    """ "invert":false}"""),
        ];
    }

    private const string OfCharacters = """
        {"version":"1.0","truncation":null,"padding":{"strategy":"BatchLongest","pad_id":0},
        "added_tokens":[{"id":1,"content":"<s>","special":true,"normalized":false},
        {"id":2,"content":"cat","single_word":true,"lstrip":true,"rstrip":false,"normalized":true,"special":false}],
        "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},
        "content":"▁"}]},
        "pre_tokenizer":{"type":"Split","pattern":{"String":"!"},"behavior":"MergedWithPrevious","invert":false},
        "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A",
        "type_id":0}}],"pair":[],
        "special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}},
        "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},
        {"type":"Fuse"},
        {"type":"Strip","content":" ","start":1,"stop":0}]},
        "model":{"type":"BPE","unk_token":"?","fuse_unk":true,"byte_fallback":true,
        "vocab":{"?":0,"<s>":1,"cat":2,"▁":3,"T":4,"h":5,"e":6,"he":7,"The":8,"▁The":9,"s":10,"▁s":11,BYTES},
        "merges":["h e","T he",["▁","The"],"▁ s"]}}
        """;

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
        if (tokenizer is BpeTokenizer { Rules: { IsOfCharacters: false, Normalizer.Count: 0, Preparation.Count: 0 } }
            && !tokens.Any(token => tokenizer.SpecialName(token) is not null)
            && !tokenizer.DecodeBytes([.. tokens]).AsSpan().SequenceEqual(Text))
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

    private static byte[][] Vectors(string folder)
    {
        var words = new WordList();
        foreach (var word in (ReadOnlySpan<string>)["</s>", "the", "cat"])
            words.FindOrAdd(Encoding.UTF8.GetBytes(word));
        var vectors = new WordVectors(words, [1, 2, 3, 4, -5, 6.5f], 2);
        return [.. new[] { false, true }.Select(binary =>
        {
            VectorFile.Write(Path.Combine(folder, "vectors.bin"), vectors, binary);
            return File.ReadAllBytes(Path.Combine(folder, "vectors.bin"));
        })];
    }

    private static byte[][] Ggufs(string folder) =>
    [
        .. ((ReadOnlySpan<(bool, string)>)[(false, "f32"), (true, "q4_0"), (false, "q8_0"), (true, "bf16")]).ToArray().Select(kind =>
        {
            SmallGguf.Writer(kind.Item1, kind.Item2).Write(Path.Combine(folder, "model.gguf"));
            return File.ReadAllBytes(Path.Combine(folder, "model.gguf"));
        }),
        SmallGguf.EveryValue(),
        SmallGguf.TwoTensors(version: 2, firstOffset: 0, secondOffset: 32),
    ];

    // Everything that lies in it, and then what it means.
    private static void ReadGguf(string path)
    {
        using var reader = new GgufReader(path);
        foreach (var value in reader.Metadata.Keys.Select(reader.Metadata.Require))
            if (value is { Type: GgufValueType.Array, ElementType: GgufValueType.Text })
                _ = value.Texts().Count();
            else if (value is { Type: GgufValueType.Array, ElementType: GgufValueType.Float32 })
                value.Numbers();
            else if (value is { Type: GgufValueType.Array, ElementType: GgufValueType.Int32 })
                value.Integers();
            else if (value.Type == GgufValueType.Text)
                value.TextBytes();
        foreach (var tensor in reader.Tensors.Where(tensor => tensor.IsSupported))
            reader.ReadFloat32(tensor);
        GgufModel.Read(reader);
    }

    private static byte[][] Circuits(string folder)
    {
        new Circuit(2, 2, [new CircuitNode(0, 1, Role.S2, "duplicate token"), new CircuitNode(1, 0, Role.End, "name mover")],
            [new CircuitEdge("0.1 S2", "name mover", "k", 0.5), new CircuitEdge("1.0 END", Circuit.Logits, "", 1)]).Save(
                Path.Combine(folder, "circuit.json"));
        return [File.ReadAllBytes(Path.Combine(folder, "circuit.json"))];
    }

    // Text as any reader of it takes it in: a part at a time.
    private static void Pass(string path)
    {
        foreach (var part in new TextSource(TextSource.FilesOf(path)).Read(BpeTrainer.LastCut))
            _ = part.Bytes;
    }

    private static void Learn(string path)
    {
        var source = new TextSource(TextSource.FilesOf(path));
        var tokenizer = BpeTrainer.Train(source.Read(BpeTrainer.LastCut).Select(part => part.Bytes), 262, threads: 1);
        using var store = TokenCache.Encode(source, tokenizer, tokenizer.EndOfText, "", "", threads: 1);
    }
}
